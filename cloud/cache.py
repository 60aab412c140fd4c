"""Answers that are kept: public ones, for as long as the table says, asked for once however many want them.

Each process keeps a bounded number of bytes. With Redis, an answer that one process got serves all of them, and
a claim lets one process ask while the others wait; without Redis, or while it is away, each asks for itself.
An answer ends when it was said to, wherever it is kept: nothing stale is ever given out. A refusal is kept too,
for two seconds at most, so that a service that is down is not asked by everybody at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LOCAL_BYTES = 64 * 1024 * 1024
LARGEST_BYTES = 16 * 1024 * 1024
ERROR_SECONDS = 2.0
# A little more than the longest that a back end may take.
WAIT_SECONDS = 50.0
_OVERHEAD = 300


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with its end.

    headers: names and values. source: the back end's name. made_at, ends_at: Unix seconds. is_good: no refusal.
    tag: names the body's bytes, "" for a refusal.
    """

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    source: str
    made_at: float
    ends_at: float
    is_good: bool
    tag: str = ""


class Shared:
    """What several processes share; this one shares nothing."""

    def get(self, key: str) -> Kept | None:
        """Return the answer that some process has put there."""
        return None

    def put(self, key: str, kept: Kept, seconds: float) -> None:
        """Keep an answer for all."""

    def claim(self, key: str) -> str:
        """Return a token when this process is the one to ask, "" when another one is."""
        return "alone"

    def release(self, key: str, token: str) -> None:
        """Give the claim back."""


class AnswerCache:
    """The answers of this process, in front of the shared ones."""

    def __init__(
        self, shared: Shared, *, max_bytes: int = LOCAL_BYTES, clock: Callable[[], float] = time.time
    ) -> None:
        self._shared = shared
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._flights: dict[str, _Flight] = {}

    def get(self, key: str) -> Kept | None:
        """Return the answer that this process keeps, if it has not ended."""
        kept = self._kept.get(key)
        return kept if kept is not None and kept.ends_at > self._clock() else None

    def answer(self, key: str, ask: Callable[[], Kept]) -> tuple[Kept, bool]:
        """Return the answer and whether it was there already. `ask` must return, not raise, a refusal."""
        while True:
            with self._lock:
                if (kept := self.get(key)) is not None:
                    return kept, True
                flight = self._flights.get(key)
                is_leader = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if is_leader:
                return self._lead(key, flight, ask)
            if flight.landed.wait(WAIT_SECONDS) and flight.kept is not None:
                return flight.kept, True

    def clear(self) -> None:
        """Forget everything that this process keeps."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _lead(self, key: str, flight: "_Flight", ask: Callable[[], Kept]) -> tuple[Kept, bool]:
        try:
            flight.kept, was_there = self._asked_by_one(key, ask)
            self._keep(key, flight.kept)
            return flight.kept, was_there
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _asked_by_one(self, key: str, ask: Callable[[], Kept]) -> tuple[Kept, bool]:
        """Ask, unless another process has asked or is asking."""
        deadline = self._clock() + WAIT_SECONDS
        pause = 0.005
        while True:
            if (kept := self._shared.get(key)) is not None and kept.ends_at > self._clock():
                return kept, True
            token = self._shared.claim(key)
            if token or self._clock() > deadline:
                break
            time.sleep(pause)
            pause = min(2 * pause, 0.1)
        try:
            # The one that had the claim before may have landed between the look and the claim.
            if (kept := self._shared.get(key)) is not None and kept.ends_at > self._clock():
                return kept, True
            kept = ask()
            if len(kept.body) <= LARGEST_BYTES:
                self._shared.put(key, kept, kept.ends_at - self._clock())
            return kept, False
        finally:
            self._shared.release(key, token)

    def _keep(self, key: str, kept: Kept) -> None:
        size = len(kept.body) + len(key) + _OVERHEAD
        if size > min(LARGEST_BYTES, self._max_bytes):
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = kept
            self._bytes += size - (len(before.body) + len(key) + _OVERHEAD if before else 0)
            while self._bytes > self._max_bytes:
                name, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body) + len(name) + _OVERHEAD


class _Flight:
    """One question on its way."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.kept: Kept | None = None
