"""What a link's clicks add up to, read from their sums. All lists of a range add up to the same total."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils import timezone

from api.errors import FieldError, InvalidFields
from links.fields import as_text
from links.models import Click, Kind, Link
from links.rollups import OTHER
from links.sums import count

DEFAULT_DAYS = 30
MAX_DAYS = 3660
TOP_REFERRERS, TOP_NAMES = 10, 50
RECENT = 50
DIRECT = "direct"
# Far enough from the ends of the calendar that no offset leads past them.
_FIRST, _LAST = date(1000, 1, 1), date(9998, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)
# Which clicks count, by whether a bot made them.
VISITORS = {"include": frozenset({False, True}), "exclude": frozenset({False}), "only": frozenset({True})}


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days in a time zone, both included. bots: `include`, `exclude` or `only`."""

    first: date
    last: date
    zone: ZoneInfo
    bots: str

    @classmethod
    def of(cls, query: dict[str, Any]) -> Self:
        """Return the range of a validated query; by default the last 30 days.

        Raises InvalidFields (400) for a range that is reversed, over 3,660 days, or outside the years 1000
        to 9998.
        """
        zone = ZoneInfo(query["tz"])
        today = timezone.now().astimezone(zone).date()
        last = query.get("to", today)
        if not _FIRST <= last <= _LAST:
            raise InvalidFields(errors=(FieldError("to", "out_of_range", "must be in the years 1000 to 9998"),))
        first = query.get("from", last - timedelta(days=DEFAULT_DAYS - 1))
        if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
            sentence = f"must not be after `to`, nor {MAX_DAYS} days or more before it"
            raise InvalidFields(errors=(FieldError("from", "out_of_range", sentence),))
        return cls(first, last, zone, query["bots"])

    def days(self) -> list[date]:
        """Return every day, the first one first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def starts(self) -> list[datetime]:
        """Return the first moment of each day and of the one after the last, in UTC.

        To the quarter of an hour, which all of today's zones keep. A day that a zone left out begins and ends at
        the same moment.
        """
        days = [*self.days(), self.last + timedelta(days=1)]
        return [_nearest_quarter(datetime.combine(day, time.min, self.zone)) for day in days]


def analyse(link: Link, span: Range) -> dict[str, Any]:
    """Return the body of the analysis, its keys in the document's order."""
    starts, visitors = span.starts(), VISITORS[span.bots]
    counts = count(link.pk, starts, visitors)
    return {
        "total_clicks": counts.days.total(),
        "timeline": [
            {"date": day.isoformat(), "clicks": counts.days[number]} for number, day in enumerate(span.days())
        ],
        "referrers": _top("referrer", _named(counts.values[Kind.REFERRER]), TOP_REFERRERS),
        "devices": _top("device", counts.values[Kind.DEVICE], TOP_NAMES),
        "recent_clicks": _recent_clicks(link, starts[0], starts[-1], visitors),
        "browsers": _top("browser", counts.values[Kind.BROWSER], TOP_NAMES),
        "os": _top("os", counts.values[Kind.OS], TOP_NAMES),
        "bots": counts.bots,
    }


def _nearest_quarter(moment: datetime) -> datetime:
    return _EPOCH + round((moment - _EPOCH) / _QUARTER) * _QUARTER


def _top(name: str, clicks: Counter[str], limit: int) -> list[dict[str, Any]]:
    """Return the values with the most clicks, equals by name, and the clicks of the rest as one row."""
    ranked = sorted(clicks.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0]))
    top = [item for item in ranked[:limit] if item[0] != OTHER]
    rest = clicks.total() - sum(number for _, number in top)
    return [{name: value, "clicks": number} for value, number in (*top, (OTHER, rest)) if number]


def _named(referrers: Counter[str]) -> Counter[str]:
    """Return the referrers, none as `direct`. A host that is really called so, as no public one is, joins it."""
    return referrers + Counter({DIRECT: referrers[""], "": -referrers[""]})


def _recent_clicks(link: Link, start: datetime, end: datetime, visitors: frozenset[bool]) -> list[dict[str, Any]]:
    columns = ("clicked_at", "pk", "referrer", "device", "browser", "os")
    clicks = Click.objects.of(link).between(start, end)
    # One list of each kind of visitor, as the index has them, is faster than a sorted one of both.
    lists = [clicks.filter(is_bot=is_bot).values_list(*columns)[:RECENT] for is_bot in sorted(visitors)]
    newest = sorted(chain(*lists), reverse=True)[:RECENT]
    return [_recent_click(*click) for click in newest]


def _recent_click(
    clicked_at: datetime, _pk: int, referrer: str, device: str, browser: str, os: str
) -> dict[str, Any]:
    return {
        "clicked_at": as_text(clicked_at),
        "referrer": referrer or DIRECT,
        "device": device,
        "browser": browser,
        "os": os,
    }
