"""What visitors know of their visits, to be compared with the clicks that the platform has stored."""

import itertools
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import psycopg

from links.tests.factories import CHROME_ON_ANDROID
from tests.live import LiveServer

VISIT_SECONDS = 30.0
VISITS_A_CONNECTION = 10


class Ledger:
    """Numbered visits. Each carries its number in its referrer, so that its click can be told from all others.

    sent: the numbers of all visits. answered: those that got their redirect, with the moments at which they were
    sent and answered (monotonic seconds). refused: those that got anything else, with the status.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.sent: set[int] = set()
        self.answered: dict[int, tuple[float, float]] = {}
        self.refused: dict[int, int] = {}
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """Return a new number and note it as sent."""
        number = next(self._numbers)
        self.sent.add(number)
        return number

    def visit(self, connection: HTTPConnection, slug: str) -> None:
        """Visit a link once. A connection that breaks leaves open what became of the visit."""
        number = self.next_number()
        headers = {"Referer": f"https://{referrer_of(number)}/", "User-Agent": CHROME_ON_ANDROID}
        began = time.monotonic()
        try:
            connection.request("GET", f"/r/{slug}", headers=headers)
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException):
            connection.close()
            time.sleep(0.05)
            return
        if response.status == 302:
            self.answered[number] = (began, time.monotonic())
        else:
            self.refused[number] = response.status

    @contextmanager
    def visiting(self, slugs: Sequence[str], *, visitors: int = 8, pause_seconds: float = 0.0) -> Iterator[None]:
        """Let visitors come, one visit after the other each, until the block ends.

        They connect anew every ten visits, so that all of a server's workers have some of them.
        """
        is_over = threading.Event()

        def run() -> None:
            endless = itertools.cycle(slugs)
            while True:
                with closing(connect(self.url)) as connection:
                    for slug in itertools.islice(endless, VISITS_A_CONNECTION):
                        self.visit(connection, slug)
                        if is_over.wait(pause_seconds):
                            return

        threads = [threading.Thread(target=run) for _ in range(visitors)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def longest_silence(self, since: float, until: float) -> float:
        """Return the most seconds without an answer between two moments."""
        answers = [moment for _, moment in self.answered.values() if since < moment < until]
        moments = [since, *sorted(answers), until]
        return max(after - before for before, after in itertools.pairwise(moments))

    def check(self, database: str) -> int:
        """Compare with a database; return how many of the visits it has.

        Each answered visit is stored exactly once, nothing is stored twice, nothing that nobody sent or that was
        refused; and every sum says the same number. Clicks without a referrer are none of these visits.
        """
        referrers = [row[0] for row in read(database, "SELECT referrer FROM links_click WHERE referrer <> ''")]
        stored = Counter(referrers)
        twice = {referrer for referrer, times in stored.items() if times > 1}
        assert not twice, f"{len(twice)} clicks are stored twice"
        lost = {referrer_of(number) for number in self.answered} - stored.keys()
        assert not lost, f"{len(lost)} of {len(self.answered)} answered clicks are lost: {sorted(lost)[:5]}"
        made_up = stored.keys() - {referrer_of(number) for number in self.sent}
        assert not made_up, f"{len(made_up)} clicks are stored that nobody sent: {sorted(made_up)[:5]}"
        wrong = stored.keys() & {referrer_of(number) for number in self.refused}
        assert not wrong, f"{len(wrong)} clicks are stored whose visitor was refused"
        _check_sums(database)
        return len(referrers)


def _check_sums(database: str) -> None:
    """Compare what is summed up of each link with its clicks."""
    clicks = dict(read(database, "SELECT link_id, count(*) FROM links_click GROUP BY link_id"))
    totals = dict(read(database, "SELECT link_id, sum(people + bots) FROM links_linktotal GROUP BY link_id"))
    assert totals == clicks
    for table in ("links_quartersum", "links_daysum"):
        rows = read(database, f"SELECT link_id, kind, sum(clicks) FROM {table} GROUP BY link_id, kind")  # noqa: S608
        assert {(link, kind): number for link, kind, number in rows} == {
            (link, kind): number for link, number in clicks.items() for kind in range(5)
        }, table


def referrer_of(number: int) -> str:
    """Return the host by which the click of a visit is known."""
    return f"v{number}.example"


def connect(url: str) -> HTTPConnection:
    """Return a connection to a server, which is opened by its first request."""
    return HTTPConnection(urlsplit(url).netloc, timeout=VISIT_SECONDS)


def database_of(server: LiveServer) -> str:
    """Return the URL of a server's database."""
    return server.environment.get("DATABASE_URL") or f"sqlite:///{server.environment['VAR_DIR']}/db.sqlite3"


def read(database: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query, asked outside Django. database: a URL."""
    if database.startswith("sqlite:///"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=20)) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(database) as server:
        return server.execute(sql.encode()).fetchall()
