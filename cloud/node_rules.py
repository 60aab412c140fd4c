"""When a Flux node counts as healthy: an answer to every question, and a chain that is not behind the others'.

Two checks in a row that fail take a node out, three that succeed bring it back; its first check decides at once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

CHECK_SECONDS = 10
FALL = 2
RISE = 3
MOST_BEHIND = 10
# The daemons count blocks in 31 bits.
MOST_HEIGHT = 2**31 - 1
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}[\w.+-]{0,20}")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a node answered to one check. error: why it did not, in a sentence; "" when it did."""

    version: str = ""
    height: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is. passed, failed: checks in a row, one of which is 0; error: what the last one found."""

    is_up: bool = False
    passed: int = 0
    failed: int = 0
    version: str = ""
    height: int | None = None
    error: str = ""


def sight_of(version: object, height: object) -> Sight:
    """Return what two answers come to."""
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return Sight(error="It does not say which version it is.")
    if not isinstance(height, int) or isinstance(height, bool) or not 0 <= height <= MOST_HEIGHT:
        return Sight(version, error="It does not know the height of the chain.")
    return Sight(version, height)


def best_height(sights: Iterable[Sight]) -> int:
    """Return the height that the others are judged by, 0 when none was seen.

    Of three nodes or more, the greatest that another node comes near: one that is wrong by itself takes nobody
    out. Two that differ cannot be told apart, so the greater counts, as it does when no two of many agree.
    """
    heights = sorted((sight.height for sight in sights if sight.height is not None), reverse=True)
    if len(heights) > 2:
        for higher, lower in pairwise(heights):
            if higher - lower <= MOST_BEHIND:
                return higher
    return heights[0] if heights else 0


def next_health(before: Health | None, sight: Sight, *, best: int) -> Health:
    """Return how a node is after a check. before: None for one that was never checked."""
    error = sight.error
    if not error and sight.height is not None and sight.height < best - MOST_BEHIND:
        error = f"It is {best - sight.height} blocks behind."
    seen = Health(version=sight.version, height=sight.height, error=error)
    if before is None:
        return replace(seen, is_up=not error, passed=int(not error), failed=int(bool(error)))
    if error:
        failed = before.failed + 1
        return replace(seen, is_up=before.is_up and failed < FALL, failed=failed)
    passed = before.passed + 1
    return replace(seen, is_up=before.is_up or passed >= RISE, passed=passed)
