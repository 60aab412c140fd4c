"""Answers that are passed on as they come, and what becomes of one that breaks off.

A web server ends an answer without a `Content-Length` in the same way whether it is whole or not, so nobody could
see that something is missing.
"""

from collections.abc import Iterator
from typing import Any

from api.envelopes import ENVELOPES
from api.errors import PlatformError
from api.renderers import dumps


class Passed:
    """The pieces of an answer; one that breaks off ends with the refusal, as a node's own answers in pieces do."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces: Any = pieces
        self._is_broken = False

    def __iter__(self) -> "Passed":
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        if self._is_broken:
            raise StopIteration
        try:
            piece: bytes = next(self._pieces)
        except PlatformError as error:
            self._is_broken = True
            return dumps(ENVELOPES["fluxcloud"].refuse(error))
        return piece

    def close(self) -> None:
        """Close what the pieces come from."""
        self._pieces.close()
