"""Clicks and what they add up to, written together."""

from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from links.models import Click, ClickSum, DaySum, Kind, Link, LinkTotal, QuarterSum

SHARDS = 16
QUARTER_SECONDS, DAY_SECONDS = 900, 86_400
QUARTERS_A_DAY = DAY_SECONDS // QUARTER_SECONDS
# Anybody may send clicks with made-up referrers and browsers. Were each told apart, a flood of clicks would be a
# flood of sums, and both writing and reading them would cost as much as the clicks themselves. So a call tells
# apart the most frequent of a link, and a day that has many already takes no new ones.
MAX_VALUES, MAX_VALUES_A_DAY = 100, 1000
# What the rest is summed up as. A host that is really called so, which no public one can be, adds to it.
OTHER = "other"
_FREE_KINDS = (Kind.REFERRER, Kind.BROWSER, Kind.OS)
_KINDS = (Kind.ALL, Kind.REFERRER, Kind.DEVICE, Kind.BROWSER, Kind.OS)

# Link, kind, is_bot, number of the span since 1970, value.
_Sums = Counter[tuple[int, int, bool, int, str]]
# By link and kind, the values that are told apart; whatever is not in it tells all of them apart.
_Kept = dict[tuple[int, int], set[str]]
_Row = tuple[Any, ...]


class ClickRow(NamedTuple):
    """One click, classified. link_id: the row's primary key. The other fields are those of `Click`."""

    link_id: int
    clicked_at: datetime
    referrer: str
    network: str
    visitor: str
    device: str
    browser: str
    os: str
    is_bot: bool


def hold_links(wanted: Set[int]) -> set[int]:
    """Return those of the links that exist, and keep them from being deleted until the transaction ends.

    To be called before clicks are stored. Whoever deletes links with their sums locks the links first too, so one
    waits for the other and never both. On SQLite every transaction has the database for itself anyway.
    """
    if connection.vendor != "postgresql":
        return set(Link.objects.filter(pk__in=wanted).order_by().values_list("pk", flat=True))
    with connection.cursor() as cursor:
        sql = "SELECT id FROM links_link WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
        cursor.execute(sql, [sorted(wanted)])
        return {pk for (pk,) in cursor.fetchall()}


def store_clicks(rows: Sequence[ClickRow], *, shard: int) -> None:
    """Store clicks and add them to the sums of their quarter of an hour, day and link; part of the caller's
    transaction. Every row's link must exist, every text fit its column.

    shard: 0 to 15; two callers at once must use different ones, or they wait for one another.
    Of the referrers, browsers and systems of a link, the 100 with the most clicks are told apart; the rest is
    summed up as `other`, as is what comes new to a day that has 1,000 of them in the shard.
    """
    if not 0 <= shard < SHARDS:
        raise ValueError(f"there is no shard {shard}")
    if not rows:
        return
    quarters = _folded(_quarter_sums(rows), shard)
    days: _Sums = Counter()
    for (link_id, kind, is_bot, quarter, value), clicks in quarters.items():
        days[link_id, kind, is_bot, quarter // QUARTERS_A_DAY, value] += clicks
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy_clicks(cursor, rows)
        else:
            _insert_clicks(cursor, rows)
        _add_sums(cursor, QuarterSum, quarters, QUARTER_SECONDS, shard)
        _add_sums(cursor, DaySum, days, DAY_SECONDS, shard)
        _add_totals(cursor, days, shard)


def _quarter_sums(rows: Sequence[ClickRow]) -> _Sums:
    # Clicks that are alike in everything are counted first, so that the five kinds cost nothing for each click.
    alike = Counter(
        [
            (link_id, at.timestamp() // QUARTER_SECONDS, is_bot, referrer, device, browser, os)
            for link_id, at, referrer, _, _, device, browser, os, is_bot in rows
        ]
    )
    sums: _Sums = Counter()
    for (link_id, quarter, is_bot, *values), clicks in alike.items():
        for kind, value in zip(_KINDS, ("", *values), strict=True):
            sums[link_id, kind, is_bot, int(quarter), value] += clicks
    return sums


def _folded(sums: _Sums, shard: int) -> _Sums:
    """Return the sums with the values that are not told apart made one."""
    kept = _most_frequent(sums) | _known_of_full_days(sums, shard)
    if not kept:
        return sums
    folded: _Sums = Counter()
    for (link_id, kind, is_bot, quarter, value), clicks in sums.items():
        values = kept.get((link_id, kind))
        name = value if values is None or not value or value in values else OTHER
        folded[link_id, kind, is_bot, quarter, name] += clicks
    return folded


def _most_frequent(sums: _Sums) -> _Kept:
    counts: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for (link_id, kind, _, _, value), clicks in sums.items():
        if kind in _FREE_KINDS and value:
            counts[link_id, kind][value] += clicks
    many = {key: values for key, values in counts.items() if len(values) > MAX_VALUES}
    return {
        key: {name for _, name in sorted((-clicks, name) for name, clicks in values.items())[:MAX_VALUES]}
        for key, values in many.items()
    }


def _known_of_full_days(sums: _Sums, shard: int) -> _Kept:
    days = {quarter // QUARTERS_A_DAY for _, _, _, quarter, _ in sums}
    rows = DaySum.objects.filter(
        link_id__in={key[0] for key in sums},
        kind__in=_FREE_KINDS,
        is_bot__in=(False, True),
        starts_at__in=[_moment(day, DAY_SECONDS) for day in days],
        shard=shard,
    )
    by_day = rows.values_list("link_id", "kind", "starts_at").annotate(values=Count("pk"))
    kept: _Kept = {}
    for link_id, kind, starts_at, _ in by_day.filter(values__gte=MAX_VALUES_A_DAY):
        known = rows.filter(link_id=link_id, kind=kind, starts_at=starts_at).values_list("value", flat=True)
        kept.setdefault((link_id, kind), set()).update(known)
    return kept


def _moment(number: int, span_seconds: int) -> datetime:
    return datetime.fromtimestamp(number * span_seconds, UTC)


def _copy_clicks(cursor: CursorWrapper, rows: Sequence[ClickRow]) -> None:
    with connection.wrap_database_errors, cursor.copy(f"COPY {_table(Click)} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert_clicks(cursor: CursorWrapper, rows: Sequence[ClickRow]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    _insert_many(cursor, _table(Click), [(link_id, adapt(at), *rest) for link_id, at, *rest in rows])


def _add_sums(cursor: CursorWrapper, model: type[ClickSum], sums: _Sums, span_seconds: int, shard: int) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    rows = [
        (link_id, kind, is_bot, adapt(_moment(span, span_seconds)), value, shard, clicks)
        for (link_id, kind, is_bot, span, value), clicks in sums.items()
    ]
    _add(cursor, model, rows, ["clicks"])


def _add_totals(cursor: CursorWrapper, days: _Sums, shard: int) -> None:
    totals: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for (link_id, kind, is_bot, _, _), clicks in days.items():
        if kind == Kind.ALL:
            totals[link_id][is_bot] += clicks
    _add(cursor, LinkTotal, [(link_id, shard, *both) for link_id, both in totals.items()], ["people", "bots"])


def _add(cursor: CursorWrapper, model: type[models.Model], rows: list[_Row], counts: list[str]) -> None:
    """Insert rows, or add their counts to those with the same key. counts: the columns beside the key.

    Rows are written in the order of their key, so that two callers with one shard wait but never for each other.
    """
    table, columns = model._meta.db_table, _columns(model)
    key = ", ".join(name for name in columns if name not in counts)
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
    conflict = f"ON CONFLICT ({key}) DO UPDATE SET {more}"
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        sql = f"INSERT INTO {_table(model)} SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608 - names of ours
        cursor.execute(sql, [list(column) for column in zip(*sorted(rows), strict=True)])
    else:
        _insert_many(cursor, _table(model), sorted(rows), conflict)


def _insert_many(cursor: CursorWrapper, table: str, rows: list[_Row], conflict: str = "") -> None:
    places = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO {table} VALUES ({places}) {conflict}", rows)  # noqa: S608 - names of ours


def _columns(model: type[models.Model]) -> dict[str, str | None]:
    """Return the columns of the model and their types, in its order but for the primary key."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {str(field.column): field.db_type(connection) for field in fields}


def _table(model: type[models.Model]) -> str:
    return f"{model._meta.db_table} ({', '.join(_columns(model))})"
