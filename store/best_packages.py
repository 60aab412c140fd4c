"""Which packages brought most, out of sums by month and day that may be a hundred thousand for each month.

Only the best of each month and day are read. There, every other package had at most what the last of them had; so
once the tenth in all has more than these bounds allow any other, nothing else has to be read (Fagin's threshold
algorithm). Where sales are so even that the bounds say nothing, all sums are added up.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from store.models import SoldPackage, Store

TOP = 10
# Read of each month and day, and looked at in all of them.
HEAD, CHOSEN = 60, 120
# Id of a package → units, and what its lines cost.
Packages = dict[uuid.UUID, tuple[int, Decimal]]
_NONE = (0, Decimal(0))
_HEAD = (
    "SELECT * FROM (SELECT * FROM store_soldpackage WHERE store_id = %s AND is_month = %s AND start = %s"
    " ORDER BY revenue DESC LIMIT %s) AS part"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A month or a day."""

    is_month: bool
    start: date


def parts_of(first: date, last: date) -> list[Part]:
    """Return the whole months of a time, and the days outside of them."""
    parts, day = [], first
    while day <= last:
        following = next_month(day)
        is_month = day.day == 1 and following - timedelta(1) <= last
        parts.append(Part(is_month, day))
        day = following if is_month else day + timedelta(1)
    return parts


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(31)).replace(day=1)


def best_packages(
    store: Store, first: date, last: date, pending: Packages
) -> list[tuple[uuid.UUID, int, Decimal]]:
    """Return the ten packages that brought most, the best first. pending: what is not in the sums yet."""
    parts = parts_of(first, last)
    known, bounds = _heads(store, parts)
    at_most = _bounded(known, bounds, pending)
    chosen = sorted(at_most, key=lambda pk: (-at_most[pk], pk))[:CHOSEN]
    sums = _with(pending, _sums(store, parts, Q(package__in=chosen)), chosen)
    best = _ranked(sums)
    others = [at_most[pk] for pk in at_most.keys() - set(chosen)] + [sum(bounds.values(), Decimal(0))] * bool(
        bounds
    )
    if not others or (len(best) == TOP and best[-1][2] > max(others)):
        return best
    every = _sums(store, parts, Q())
    return _ranked(_with(pending, every, every.keys() | pending.keys()))


def _heads(store: Store, parts: list[Part]) -> tuple[dict[uuid.UUID, dict[Part, Decimal]], dict[Part, Decimal]]:
    """Return what the best packages of each part brought, and of each part the most that any other can have."""
    values: list[Any] = []
    for part in parts:
        values += [store.pk, part.is_month, part.start.isoformat(), HEAD]
    known: defaultdict[uuid.UUID, dict[Part, Decimal]] = defaultdict(dict)
    heads: defaultdict[Part, list[Decimal]] = defaultdict(list)
    for row in SoldPackage.objects.raw(" UNION ALL ".join([_HEAD] * len(parts)), values):
        part = Part(row.is_month, row.start)
        known[row.package_id][part] = row.revenue
        heads[part].append(row.revenue)
    bounds = {part: max(Decimal(0), min(head)) for part, head in heads.items() if len(head) == HEAD}
    return known, bounds


def _bounded(
    known: Mapping[uuid.UUID, Mapping[Part, Decimal]], bounds: Mapping[Part, Decimal], pending: Packages
) -> dict[uuid.UUID, Decimal]:
    """Return of each package that was seen the most that it can have brought."""
    unseen = sum(bounds.values(), Decimal(0))
    at_most = {}
    for pk in known.keys() | pending.keys():
        seen = known.get(pk, {})
        elsewhere = unseen - sum((bounds.get(part, Decimal(0)) for part in seen), Decimal(0))
        at_most[pk] = sum(seen.values(), pending.get(pk, _NONE)[1]) + elsewhere
    return at_most


def _sums(store: Store, parts: list[Part], which: Q) -> Packages:
    """Add up what packages brought in all parts."""
    months = [part.start for part in parts if part.is_month]
    when = Q(is_month=True, start__in=months) if months else Q(pk__in=[])
    for start, end in _runs([part.start for part in parts if not part.is_month]):
        when |= Q(is_month=False, start__range=(start, end))
    rows = SoldPackage.objects.filter(which, when, store=store).order_by().values_list("package")
    return {pk: (units, revenue) for pk, units, revenue in rows.annotate(Sum("units"), Sum("revenue"))}


def _runs(days: list[date]) -> list[tuple[date, date]]:
    """Return the first and the last of days that follow one another."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] + timedelta(1) == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _with(pending: Packages, sums: Packages, which: Iterable[uuid.UUID]) -> Packages:
    added = {}
    for pk in which:
        (units, revenue), (more_units, more) = sums.get(pk, _NONE), pending.get(pk, _NONE)
        added[pk] = (units + more_units, revenue + more)
    return added


def _ranked(sums: Packages) -> list[tuple[uuid.UUID, int, Decimal]]:
    sold = [(pk, units, revenue) for pk, (units, revenue) in sums.items() if units]
    return sorted(sold, key=lambda row: (-row[2], -row[1], row[0]))[:TOP]
