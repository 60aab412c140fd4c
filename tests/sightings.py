"""What each web worker answers, and when: one connection to each of them, and the changes that they must show."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import requests

from links.tests.factories import CHROME_ON_ANDROID, TARGET
from tests.ledger import connect
from tests.live import LiveServer

SHOW_SECONDS = 1.0
LOOK_SECONDS = 0.05
LOOKS = 3
REACH_SECONDS = 60.0


@dataclass(frozen=True)
class Sighting:
    """One answer of one worker. sent_at: monotonic seconds."""

    worker: int
    slug: str
    sent_at: float
    status: int
    location: str


@dataclass(frozen=True)
class Change:
    """A change of a link, and how a visitor sees it. at: when it was answered, monotonic seconds.

    within_seconds: how long somebody may still get the old answer.
    """

    slug: str
    at: float
    shows: Callable[[Sighting], bool]
    within_seconds: float = SHOW_SECONDS


@dataclass
class Observer:
    """Looks at links through every worker, again and again."""

    connections: dict[int, HTTPConnection]
    sightings: list[Sighting] = field(default_factory=list)

    @contextmanager
    def looking(self, slugs: Sequence[str]) -> Iterator[None]:
        """Look at each link through each worker every 50 ms until the block ends, which begins once that works."""
        is_over = threading.Event()
        began = time.monotonic()

        def run(worker: int) -> None:
            while not is_over.is_set():
                begins = time.monotonic()
                for slug in slugs:
                    self.sightings.append(self.look(worker, slug))
                is_over.wait(max(0.0, begins + LOOK_SECONDS - time.monotonic()))

        threads = [threading.Thread(target=run, args=(worker,)) for worker in self.connections]
        for thread in threads:
            thread.start()
        try:
            for slug in slugs:
                self.seen(slug, began)
            yield
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def seen(self, slug: str, since: float) -> list[Sighting]:
        """Wait until every worker was looked at three times after a moment; return what it showed since then."""
        deadline = time.monotonic() + REACH_SECONDS
        while True:
            found = [s for s in list(self.sightings) if s.slug == slug and s.sent_at > since]
            if all(sum(s.worker == worker for s in found) >= LOOKS for worker in self.connections):
                return found
            assert time.monotonic() < deadline, "a worker does not answer"
            time.sleep(LOOK_SECONDS)

    def look(self, worker: int, slug: str) -> Sighting:
        """Return what one worker answers to a visitor of a link."""
        connection = self.connections[worker]
        sent_at = time.monotonic()
        connection.request("GET", f"/r/{slug}", headers={"User-Agent": CHROME_ON_ANDROID})
        response = connection.getresponse()
        response.read()
        return Sighting(worker, slug, sent_at, response.status, response.getheader("Location", ""))

    def judge(self, change: Change) -> None:
        """Check that every worker shows a change to whoever comes after its time; to be asked while looking."""
        due = change.at + change.within_seconds
        time.sleep(max(0.0, due - time.monotonic()))
        old = [s for s in self.seen(change.slug, due) if not change.shows(s)]
        assert not old, f"still old after so many seconds: {[round(s.sent_at - change.at, 3) for s in old][:5]}"
        before = {s.worker for s in self.sightings if s.slug == change.slug and not change.shows(s)}
        assert before == self.connections.keys(), "there was nothing to change"


class Owner:
    """The owner of links, who changes them over the API."""

    def __init__(self, server: LiveServer) -> None:
        self._api = f"{server.url}/api/links"
        self._headers = {"Authorization": f"Bearer {server.issue_key('fluxly')}"}

    def create(self, **fields: Any) -> requests.Response:
        """Return the answer to a creation."""
        return requests.post(self._api, json={"target_url": TARGET} | fields, headers=self._headers, timeout=60)

    def patch(self, link: dict[str, Any], **fields: Any) -> requests.Response:
        """Return the answer to a change of a link's fields."""
        return requests.patch(f"{self._api}/{link['link_id']}", json=fields, headers=self._headers, timeout=60)

    def delete(self, link: dict[str, Any]) -> requests.Response:
        """Return the answer to a deletion."""
        return requests.delete(f"{self._api}/{link['link_id']}", headers=self._headers, timeout=60)


@contextmanager
def observing(server: LiveServer) -> Iterator[Observer]:
    """Yield an observer with a connection to each web worker."""
    connections = _connections(server)
    try:
        yield Observer(connections)
    finally:
        for connection in connections.values():
            connection.close()


def _connections(server: LiveServer) -> dict[int, HTTPConnection]:
    """Open connections until each worker has accepted one: it is chance which of them does."""
    found: dict[int, HTTPConnection] = {}
    deadline = time.monotonic() + REACH_SECONDS
    while found.keys() != set(server.workers()):
        assert time.monotonic() < deadline, "a worker accepts no connection"
        connection = connect(server.url)
        worker = _worker_behind(server, connection)
        if worker is None or worker in found:
            connection.close()
        else:
            found[worker] = connection
    return found


def _worker_behind(server: LiveServer, connection: HTTPConnection) -> int | None:
    """Ask something; return the process that answered, None when it died meanwhile."""
    try:
        connection.request("GET", "/livez")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return None
    return _worker_of(server, connection)


def _worker_of(server: LiveServer, connection: HTTPConnection) -> int:
    """Return the process that holds the other end of a connection."""
    ours, theirs = connection.sock.getsockname()[1], connection.sock.getpeername()[1]
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    socket = next(
        f"socket:[{row[9]}]"
        for row in rows
        if row[1].endswith(f":{theirs:04X}") and row[2].endswith(f":{ours:04X}")
    )
    return next(worker for worker in server.workers() if socket in open_files(worker))


def open_files(process: int) -> set[str]:
    """Return what a process has open, as /proc names it; nothing when it is gone."""
    try:
        files = list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return set()
    return set(itertools.chain.from_iterable(_target(file) for file in files))


def _target(file: Path) -> list[str]:
    try:
        return [str(file.readlink())]
    except OSError:
        return []
