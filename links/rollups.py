"""Clicks and what they add up to, written together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from links.models import Click, ClickSum, DaySum, Kind, LinkTotal, QuarterSum

SHARDS = 16
QUARTER_SECONDS, QUARTERS_A_DAY = 900, 96
# What the referrers beyond the most frequent are summed up as. A host that is really called so, which no public
# one can be, adds to it.
OTHER = "other"
# Anybody may send clicks with made-up referrers. Were each kept, a flood of clicks would be a flood of sums, and
# both writing and reading them would cost as much as the clicks themselves.
MAX_REFERRERS = 100
_KINDS = (Kind.ALL, Kind.REFERRER, Kind.DEVICE, Kind.BROWSER, Kind.OS)

# Link, kind, is_bot, number of the span since 1970, value.
_Sums = Counter[tuple[int, int, bool, int, str]]
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


def store_clicks(rows: Sequence[ClickRow], *, shard: int) -> None:
    """Store clicks and add them to the sums of their quarter of an hour, day and link; part of the caller's
    transaction. Every row's link must exist, every text fit its column.

    shard: 0 to 15; two callers at once must use different ones, or they wait for one another.
    At most 100 referrers of a link are told apart, those with the most clicks; the rest is summed as `other`.
    """
    if not 0 <= shard < SHARDS:
        raise ValueError(f"there is no shard {shard}")
    if not rows:
        return
    quarters = _quarter_sums(rows)
    days: _Sums = Counter()
    for (link_id, kind, is_bot, quarter, value), clicks in quarters.items():
        days[link_id, kind, is_bot, quarter // QUARTERS_A_DAY, value] += clicks
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy_clicks(cursor, rows)
        else:
            _insert_clicks(cursor, rows)
        _add_sums(cursor, QuarterSum, quarters, QUARTER_SECONDS, shard)
        _add_sums(cursor, DaySum, days, QUARTER_SECONDS * QUARTERS_A_DAY, shard)
        _add_totals(cursor, days, shard)


def _quarter_sums(rows: Sequence[ClickRow]) -> _Sums:
    # Clicks that are alike in everything are counted first, so that the five kinds cost nothing for each click.
    alike = Counter(
        [
            (link_id, at.timestamp() // QUARTER_SECONDS, is_bot, referrer, device, browser, os)
            for link_id, at, referrer, _, _, device, browser, os, is_bot in rows
        ]
    )
    kept = _kept_referrers(rows)
    sums: _Sums = Counter()
    for (link_id, quarter, is_bot, referrer, *agent), clicks in alike.items():
        host = referrer if link_id not in kept or referrer in kept[link_id] else OTHER
        for kind, value in zip(_KINDS, ("", host, *agent), strict=True):
            sums[link_id, kind, is_bot, int(quarter), value] += clicks
    return sums


def _kept_referrers(rows: Sequence[ClickRow]) -> dict[int, set[str]]:
    """Return what is told apart of the links that have too many referrers. No referrer is none of them."""
    pairs = Counter([(row[0], row[2]) for row in rows])
    if len(pairs) <= MAX_REFERRERS:
        return {}
    of_link: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for (link_id, referrer), clicks in pairs.items():
        if referrer:
            of_link[link_id].append((-clicks, referrer))
    return {
        link_id: {"", *(referrer for _, referrer in sorted(referrers)[:MAX_REFERRERS])}
        for link_id, referrers in of_link.items()
        if len(referrers) > MAX_REFERRERS
    }


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
        (link_id, kind, is_bot, adapt(datetime.fromtimestamp(span * span_seconds, UTC)), value, shard, clicks)
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
