"""Look-ups of names that end in time: `socket.getaddrinfo` knows no limit, and a thread in it cannot be stopped.

Each look-up runs in a thread of its own, which is left behind when the time is over. How many there are at once is
bounded, and so is the part of them that names of one site can hold: whoever runs a name server that never answers
stops the look-ups of that site, and nobody else's.
"""

import socket
import threading
import time
from collections import Counter
from queue import Empty, SimpleQueue

_COUNTRY = 2
_REGISTRIES = frozenset({"ac", "co", "com", "edu", "gov", "go", "ne", "net", "or", "org"})


class LookupFailed(Exception):
    """The name has no address, or its name server did not say."""


class LookupTooSlow(Exception):
    """The time was over before the answer came."""


class Lookups:
    """Looks names up, at most `places` at once and `places_of_a_site` of them below the same site.

    A site is the last two labels of a name; three below the registries that countries name alike, as in `co.uk`.
    """

    def __init__(self, *, places: int, places_of_a_site: int) -> None:
        self._places = places
        self._places_of_a_site = places_of_a_site
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()

    def addresses(self, host: str, port: int, *, seconds: float) -> list[str]:
        """Return the addresses of a name in the resolver's order, each once, by exactly one look-up.

        Waiting for a place counts. Raises LookupFailed and LookupTooSlow.
        """
        ends_at = time.monotonic() + seconds
        site = _site_of(host)
        self._take_place(site, seconds)
        answers: SimpleQueue[list[str] | None] = SimpleQueue()
        thread = threading.Thread(target=self._look_up, args=(host, port, site, answers), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._give_place_back(site)
            raise LookupFailed("no thread could be started") from error
        try:
            found = answers.get(timeout=max(0.0, ends_at - time.monotonic()))
        except Empty:
            raise LookupTooSlow(f"the look-up took longer than {seconds:.1f} s") from None
        if not found:
            raise LookupFailed("the name has no address")
        return found

    def _look_up(self, host: str, port: int, site: str, answers: SimpleQueue[list[str] | None]) -> None:
        found = None
        try:
            found = _ask(host, port)
        finally:
            self._give_place_back(site)
            answers.put(found)

    def _take_place(self, site: str, seconds: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_place(site), timeout=seconds):
                raise LookupTooSlow("too many look-ups are under way")
            self._running[site] += 1

    def _give_place_back(self, site: str) -> None:
        with self._changed:
            self._running[site] -= 1
            if not self._running[site]:
                del self._running[site]
            self._changed.notify_all()

    def _has_place(self, site: str) -> bool:
        return self._running.total() < self._places and self._running[site] < self._places_of_a_site


def _site_of(host: str) -> str:
    labels = host.split(".")
    is_of_registry = len(labels[-1]) == _COUNTRY and labels[-2:-1] and labels[-2] in _REGISTRIES
    return ".".join(labels[-3 if is_of_registry else -2 :])


def _ask(host: str, port: int) -> list[str] | None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))
