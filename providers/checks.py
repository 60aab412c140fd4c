"""One look at a status page, through the guarded client."""

from dataclasses import dataclass

from egress import client
from egress.errors import FetchFailed, TooLarge, TooSlow, Unreachable

SCHEMES = frozenset({"https"})
LIMITS = client.Limits(seconds=5, max_bytes=64 * 1024)
"""Of each of the at most two requests."""

# What servers say that do not know HEAD.
_NO_HEAD = frozenset({405, 501})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page said. cause: why it counts as down, "" while it is up. has_answered: anything came back."""

    cause: str
    has_answered: bool

    @property
    def is_up(self) -> bool:
        """Return whether the page answered as it should."""
        return not self.cause


def check(url: str) -> Answer:
    """Ask a page for its head; where that is refused, for the page itself. 2xx and 3xx are up. At most 10 seconds.

    Many servers answer HEAD wrongly, so only GET decides that a page is down, unless nobody answered. A page
    longer than the limit is not read to its end; then what was said to HEAD counts.
    """
    try:
        status = client.fetch(url, method="HEAD", schemes=SCHEMES, limits=LIMITS).status
    except (Unreachable, TooSlow) as failure:
        return Answer(failure.code, has_answered=False)
    except FetchFailed:
        status = 405
    if status < 400:
        return Answer("", has_answered=True)
    return _asked_again(url, status)


def _asked_again(url: str, said_to_head: int) -> Answer:
    try:
        status = client.fetch(url, schemes=SCHEMES, limits=LIMITS).status
    except TooLarge:
        status = 200 if said_to_head in _NO_HEAD else said_to_head
    except FetchFailed as failure:
        return Answer(failure.code, has_answered=True)
    return Answer("" if status < 400 else f"http_{status}", has_answered=True)
