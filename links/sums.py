"""What was summed of a link's clicks, read back by day and by value."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection

from links.models import DaySum, Kind, QuarterSum

_DAYS, _QUARTERS = DaySum._meta.db_table, QuarterSum._meta.db_table
# Both put each sum into its day, whatever the days' lengths; the number of a day is its place in the list.
_BY_DAY = {
    "postgresql": """
SELECT 0, is_bot, width_bucket(starts_at, %s::timestamptz[]) - 1 AS day, '', CAST(SUM(clicks) AS bigint)
FROM {table}
WHERE link_id = %s AND kind = 0 AND is_bot IN (FALSE, TRUE) AND starts_at >= %s AND starts_at < %s
GROUP BY is_bot, day""",
    "sqlite": """
SELECT 0, is_bot, day.number, '', SUM(clicks)
FROM (SELECT key AS number, value AS starts, lead(value) OVER (ORDER BY key) AS ends FROM json_each(%s)) AS day
CROSS JOIN {table}
WHERE link_id = %s AND kind = 0 AND is_bot IN (FALSE, TRUE) AND starts_at >= %s AND starts_at < %s
  AND starts_at >= day.starts AND starts_at < day.ends
GROUP BY is_bot, day.number""",
}
_BY_VALUE = """
SELECT kind, is_bot, 0, value, CAST(SUM(clicks) AS bigint)
FROM {table}
WHERE link_id = %s AND kind IN (1, 2, 3, 4) AND is_bot IN ({bots}) AND starts_at >= %s AND starts_at < %s
GROUP BY kind, is_bot, value"""


@dataclass(slots=True)
class Counts:
    """Clicks of a range. days: by number of the day. values: by value, of each kind but ALL. bots: all of bots."""

    days: Counter[int] = field(default_factory=Counter)
    values: dict[int, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in Kind})
    bots: int = 0


def count(link_id: int, starts: Sequence[datetime], kinds_of_visitor: frozenset[bool]) -> Counts:
    """Return the clicks of a link.

    link_id: the row's primary key. starts: in UTC and to the quarter of an hour, the first moment of each day and
    of the one after the last. kinds_of_visitor: those that count, True for bots.
    """
    # One statement sees one state: between two of them more clicks may arrive, and lists would disagree.
    parts = [_by_day(link_id, starts), *_by_value(link_id, starts[0], starts[-1], kinds_of_visitor)]
    sql = " UNION ALL ".join(sql for sql, _ in parts)
    counts = Counts()
    with connection.cursor() as cursor:
        cursor.execute(sql, [param for _, params in parts for param in params])
        for kind, is_bot, day, value, clicks in cursor.fetchall():
            if kind != Kind.ALL:
                counts.values[kind][value] += clicks
                continue
            if is_bot in kinds_of_visitor:
                counts.days[day] += clicks
            if is_bot:
                counts.bots += clicks
    return counts


_Part = tuple[str, list[Any]]


def _by_day(link_id: int, starts: Sequence[datetime]) -> _Part:
    table = _DAYS if all(_is_midnight(start) for start in starts) else _QUARTERS
    moments = _adapted(starts)
    days = moments if connection.vendor == "postgresql" else json.dumps(moments)
    return _BY_DAY[connection.vendor].format(table=table), [days, link_id, moments[0], moments[-1]]


def _by_value(link_id: int, start: datetime, end: datetime, kinds_of_visitor: frozenset[bool]) -> Iterator[_Part]:
    bots = ", ".join("TRUE" if is_bot else "FALSE" for is_bot in sorted(kinds_of_visitor))
    for table, *span in _spans(start, end):
        yield _BY_VALUE.format(table=table, bots=bots), [link_id, *_adapted(span)]


def _spans(start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Cut a range into whole days and what is left of it before and after them."""
    last_midnight = datetime.combine(end, time.min, UTC)
    first_midnight = datetime.combine(start, time.min, UTC) + timedelta(days=not _is_midnight(start))
    if first_midnight >= last_midnight:
        yield _QUARTERS, start, end
        return
    yield _DAYS, first_midnight, last_midnight
    if start < first_midnight:
        yield _QUARTERS, start, first_midnight
    if last_midnight < end:
        yield _QUARTERS, last_midnight, end


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == time.min


def _adapted(moments: Sequence[datetime]) -> list[Any]:
    return [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
