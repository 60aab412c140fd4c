"""What a link's clicks add up to. Every list adds up to the same total over the same range."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncMinute
from django.utils import timezone

from api.errors import FieldError, InvalidFields
from links.fields import as_text
from links.models import Click, Link
from links.querysets import ClickQuerySet

DEFAULT_DAYS = 30
MAX_DAYS = 366
TOP_REFERRERS = 10
RECENT = 50
DIRECT = "direct"
OTHER = "other"
# Far enough from the ends of the calendar that no offset leads past them.
_FIRST, _LAST = date(1000, 1, 1), date(9998, 12, 31)


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

        Raises InvalidFields (400) for a range that is reversed, over 366 days, or outside the years 1000 to 9998.
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

    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first moment and the one after the last, in UTC."""
        start = datetime.combine(self.first, time.min, self.zone)
        end = datetime.combine(self.last + timedelta(days=1), time.min, self.zone)
        return start.astimezone(UTC), end.astimezone(UTC)


def analyse(link: Link, span: Range) -> dict[str, Any]:
    """Return the body of the analysis, its keys in the document's order."""
    everyone = Click.objects.of(link).between(*span.bounds())
    clicks = everyone if span.bots == "include" else everyone.filter(is_bot=span.bots == "only")
    timeline = _timeline(clicks, span)
    return {
        "total_clicks": sum(day["clicks"] for day in timeline),
        "timeline": timeline,
        "referrers": _referrers(clicks),
        "devices": _counts(clicks, "device"),
        "recent_clicks": [_recent(click) for click in clicks[:RECENT]],
        "browsers": _counts(clicks, "browser"),
        "os": _counts(clicks, "os"),
        "bots": everyone.filter(is_bot=True).count(),
    }


def _timeline(clicks: ClickQuerySet, span: Range) -> list[dict[str, Any]]:
    # Minutes, not days, come from the database: PostgreSQL and Python do not know quite the same time zones.
    minutes = clicks.order_by().annotate(minute=TruncMinute("clicked_at", tzinfo=UTC)).values_list("minute")
    counts: Counter[date] = Counter()
    for minute, number in minutes.annotate(number=Count("pk")):
        counts[minute.astimezone(span.zone).date()] += number
    return [{"date": day.isoformat(), "clicks": counts[day]} for day in span.days()]


def _counts(clicks: ClickQuerySet, field: str) -> list[dict[str, Any]]:
    """Return each value with its clicks, the most frequent first, equals by name."""
    rows = clicks.order_by().values_list(field).annotate(number=Count("pk"))
    return [{field: value, "clicks": number} for value, number in sorted(rows, key=lambda row: (-row[1], row[0]))]


def _referrers(clicks: ClickQuerySet) -> list[dict[str, Any]]:
    rows = [row | {"referrer": row["referrer"] or DIRECT} for row in _counts(clicks, "referrer")]
    top, rest = rows[:TOP_REFERRERS], rows[TOP_REFERRERS:]
    return [*top, {"referrer": OTHER, "clicks": sum(row["clicks"] for row in rest)}] if rest else top


def _recent(click: Click) -> dict[str, Any]:
    return {
        "clicked_at": as_text(click.clicked_at),
        "referrer": click.referrer or DIRECT,
        "device": click.device,
        "browser": click.browser,
        "os": click.os,
    }
