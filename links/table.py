"""What one web worker remembers of links: where the plain ones lead, and which slugs are not plain links.

Bounded, and safe to share between threads: readers take no lock, since each change is one step of a dictionary.
"""

import threading
import time
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple

MAX_LINKS = 100_000
MAX_MISSES = 10_000
MISS_SECONDS = 2.0
FLIGHT_SECONDS = 10.0


class PlainLink(NamedTuple):
    """A link that is answered without asking anybody. ends_at: Unix seconds, infinite for none.

    headers: of the answer to a visit without a query. target: for a visit whose query goes along, else "".
    """

    pk: int
    status: str
    headers: list[tuple[str, str]]
    ends_at: float
    target: str


class Miss(Enum):
    """Why a path is not a plain link: there is nothing, or something that needs more than a look."""

    ABSENT = "absent"
    OTHER = "other"


class _Flight(threading.Event):
    """A load that others wait for. error: what it ended with."""

    error: Exception | None = None


class LinkTable:
    """Plain links and misses by path. A path is asked for once, however many visitors wait for it."""

    def __init__(self, *, max_links: int = MAX_LINKS, max_misses: int = MAX_MISSES) -> None:
        self.links: dict[str, PlainLink] = {}
        self._misses: dict[str, tuple[float, Miss]] = {}
        self._max_links = max_links
        self._max_misses = max_misses
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._changes = 0

    def find(self, path: str, load: Callable[[], PlainLink | Miss]) -> PlainLink | Miss:
        """Return what is at a path, from memory or by one call of `load`.

        Raises what `load` raises, to all who waited for it; then nothing is remembered.
        """
        while True:
            found = self._remembered(path)
            if found is not None:
                return found
            with self._lock:
                flight = self._flights.get(path)
                if flight is None:
                    mine = self._flights[path] = _Flight()
                    seen = self._changes
                    break
            flight.wait(FLIGHT_SECONDS)
            if flight.error is not None:
                raise flight.error
        return self._load(path, load, mine, seen)

    def forget(self, paths: Iterable[str]) -> None:
        """Forget what is remembered at these paths, also what is being loaded now."""
        with self._lock:
            self._changes += 1
            for path in paths:
                self.links.pop(path, None)
                self._misses.pop(path, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._changes += 1
            self.links.clear()
            self._misses.clear()

    def _remembered(self, path: str) -> PlainLink | Miss | None:
        link = self.links.get(path)
        if link is not None:
            return link
        until, miss = self._misses.get(path, (0.0, None))
        return miss if until > time.monotonic() else None

    def _load(
        self, path: str, load: Callable[[], PlainLink | Miss], flight: _Flight, seen: int
    ) -> PlainLink | Miss:
        try:
            found = load()
            self._remember(path, found, seen)
        except Exception as error:
            flight.error = error
            raise
        finally:
            del self._flights[path]
            flight.set()
        return found

    def _remember(self, path: str, found: PlainLink | Miss, seen: int) -> None:
        with self._lock:
            # What was read before a change became known may be what the change replaced.
            if seen != self._changes:
                return
            if isinstance(found, Miss):
                _make_room(self._misses, self._max_misses)
                self._misses[path] = (time.monotonic() + MISS_SECONDS, found)
            else:
                _make_room(self.links, self._max_links)
                self.links[path] = found


def _make_room(memory: dict[str, Any], limit: int) -> None:
    """Drop the oldest entry when the memory is full: cheaper than knowing the least used, and as bounded."""
    if len(memory) >= limit:
        del memory[next(iter(memory))]
