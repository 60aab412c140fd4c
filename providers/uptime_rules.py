"""What a check of a status page says about the time since the check before. Pure.

- Two failures in a row are an incident, which began with the first of them; the next success ends it.
- One failure between two successes is none: pages hiccup.
- A check speaks for the time since the one before, unless that is longer ago than `MAX_GAP`: then nobody looked,
  and the time in between is unknown, neither up nor down.
- When our own network is away, every page fails. So a page that does not answer at all begins an incident only
  once another page answered since its first failure. Where several others were tried since and none answered, the
  time is unknown, and an incident that was open before ends where it was last known to last. With fewer than
  `GUARD_LEAST` other pages there is nobody to compare with, and each is believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

INTERVAL = timedelta(minutes=5)
RECHECK = timedelta(seconds=60)
"""After a failure, until the page answers again."""

MAX_GAP = 2 * INTERVAL
GUARD_LEAST = 3


class Network(Enum):
    """What the other pages say about our own network, in the time that a failure is about."""

    WORKS = "works"
    UNCLEAR = "unclear"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a page. All times are whole seconds, in UTC.

    checked_at: of the last check, None before the first. settled_at: all time before it is judged.
    failing_since: the first failure in a row, None while the page answers. failures: how many in a row.
    is_down: an incident is open.
    """

    checked_at: datetime | None = None
    settled_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Some time of which it is known whether the page was up."""

    start: datetime
    end: datetime
    is_down: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check changes. opened_at, closed_at: of an incident that begins or ends with it."""

    standing: Standing
    span: Span | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None


def network_of(*, others: int, tried: int, answered: int) -> Network:
    """Judge our network. others: further pages; tried, answered: of these, since the time that is in question."""
    if others < GUARD_LEAST or answered:
        return Network.WORKS
    return Network.AWAY if tried >= GUARD_LEAST else Network.UNCLEAR


def judge(standing: Standing, *, at: datetime, is_up: bool, network: Network = Network.WORKS) -> Verdict:
    """Return what a check at that moment says. network: only looked at when the page failed without any answer."""
    before = standing.checked_at
    fresh = Standing(at, at, None if is_up else at, 0 if is_up else 1)
    if before is None or standing.settled_at is None or at - before > MAX_GAP:
        # An open incident ends where somebody last saw it.
        return Verdict(fresh, closed_at=before if standing.is_down else None)
    if standing.is_down:
        return _while_down(standing, standing.settled_at, fresh, is_up=is_up, network=network)
    if is_up:
        # After several failures that nobody could judge, the time since the first of them stays unknown.
        span_up = Span(standing.settled_at, at, is_down=False) if standing.failures <= 1 else None
        return Verdict(fresh, span_up)
    return _failed(standing, standing.settled_at, fresh, network)


def _while_down(
    standing: Standing, settled_at: datetime, fresh: Standing, *, is_up: bool, network: Network
) -> Verdict:
    """Return what a check says of a page that has an open incident."""
    at = fresh.checked_at or settled_at
    if network is Network.AWAY:
        return Verdict(fresh, closed_at=settled_at)
    span = Span(settled_at, at, is_down=True)
    if is_up:
        return Verdict(fresh, span, closed_at=at)
    still = replace(standing, checked_at=at, failures=standing.failures + 1)
    if network is Network.UNCLEAR:
        return Verdict(still)
    return Verdict(replace(still, settled_at=at), span)


def _failed(standing: Standing, settled_at: datetime, fresh: Standing, network: Network) -> Verdict:
    """Return what a failure says of a page that is not known to be down."""
    at = fresh.checked_at or settled_at
    first = standing.failing_since
    if first is None:
        return Verdict(fresh, Span(settled_at, at, is_down=False))
    if network is Network.AWAY:
        return Verdict(fresh)
    again = replace(standing, checked_at=at, failures=standing.failures + 1)
    if network is Network.UNCLEAR:
        return Verdict(again)
    down = replace(again, settled_at=at, is_down=True)
    return Verdict(down, Span(first, at, is_down=True), opened_at=first)


def by_day(span: Span) -> Iterator[tuple[date, int]]:
    """Yield each UTC day of the span with how many of its seconds are in it."""
    start = span.start
    while start < span.end:
        midnight = datetime.combine(start.date() + timedelta(days=1), time(), UTC)
        end = min(midnight, span.end)
        yield start.date(), int((end - start).total_seconds())
        start = end


def next_check(standing: Standing, at: datetime) -> datetime:
    """Return when to look again: sooner while the page fails."""
    return at + (RECHECK if standing.failures else INTERVAL)
