"""Slow work in the web server: it may hold only some of its threads, so that most are left to everybody else."""

import threading
from collections.abc import Callable, Iterator

from django.conf import settings

# So many threads answer others for each that is held.
_THREADS_A_PLACE = 4


class Places:
    """The places of one kind of slow work in this process: a quarter of its threads, one at least."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._taken = 0

    def take(self) -> bool:
        """Take a place if there is one; whoever got it gives it back."""
        with self._counting:
            has_room: bool = self._taken < max(1, settings.WEB_THREADS // _THREADS_A_PLACE)
            self._taken += has_room
            return has_room

    def give_back(self) -> None:
        """Let somebody else have the place."""
        with self._counting:
            self._taken -= 1


class Held:
    """Parts of an answer that hold a place until the server closes it, sent or not."""

    def __init__(self, parts: Iterator[str], give_back: Callable[[], None]) -> None:
        self._parts = parts
        self._give_back: Callable[[], None] | None = give_back

    def __iter__(self) -> Iterator[str]:
        return self._parts

    def close(self) -> None:
        """Give the place back, once."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()
