"""What a store sold, by day of its own time zone: sums that are kept, and read anew where an order changed.

A million orders are not added up for every question. The sums of a month are remembered, along with the time when
they were read; a question looks only for orders that changed since then, and reads their days again.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from store.models import Order, OrderItem, OrderStatus, Package, Store

# To read a year of a million orders anew takes seconds; should a change ever escape, it is found then.
KEPT = timedelta(days=7)
# How far back a question looks for changes at most.
LOOK_BACK = timedelta(hours=1)
# A change is dated before it is committed; no transaction of ours takes this long.
LATE = timedelta(minutes=1)
# More days than this of one month are read along with the rest of it.
FEW_DAYS = 3
# Of a day that sold more packages than this, the best are kept: a month has to fit into the cache.
MAX_PACKAGES = 200
TOP = 10


# Id of a package → units, and what their lines cost.
Packages = dict[uuid.UUID, tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class DaySums:
    """One day. orders: paid and not undone. revenue: of these, less what was given back in parts.

    refunded: given back of orders that were paid on this day.
    """

    orders: int = 0
    revenue: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    """The days of a month that had orders. made_at: when all were read; as_of: what changed before is in them.

    packages: of the whole month. detail: those of each day, as JSON, for the months at both ends of a question:
    to unpack it for all months of a year would take longer than everything else.
    """

    made_at: datetime
    as_of: datetime
    days: dict[date, DaySums]
    packages: Packages
    detail: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What some days sold: each of them, and the packages of all."""

    days: dict[date, DaySums]
    packages: Packages


@dataclass(frozen=True, slots=True)
class TopPackage:
    """A package that sold. name: as it is called now. revenue: what its lines cost, after coupons."""

    package_id: uuid.UUID
    name: str
    quantity: int
    revenue: Decimal


def sums_of(store: Store, first: date, last: date) -> Sums:
    """Return the sums of the days from the first to the last, both included; a day without orders has zeros."""
    days: dict[date, DaySums] = {}
    packages: list[Packages] = []
    for start, month in _months_of(store, first, last).items():
        days |= month.days
        if first <= start and _next_month(start) - timedelta(1) <= last:
            packages.append(month.packages)
        else:
            packages += (sold for day, sold in _unpacked(month.detail).items() if first <= day <= last)
    whole = (first + timedelta(number) for number in range((last - first).days + 1))
    return Sums({day: days.get(day) or DaySums() for day in whole}, _added(packages))


def top_packages(store: Store, packages: Packages) -> list[TopPackage]:
    """Return the packages that brought most, ten at most, the best first."""
    best = sorted(packages.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))[:TOP]
    names = dict(Package.objects.of_store(store).filter(pk__in=dict(best)).values_list("pk", "name"))
    return [TopPackage(pk, names[pk], quantity, revenue) for pk, (quantity, revenue) in best]


def _months_of(store: Store, first: date, last: date) -> dict[date, Month]:
    """Return the months of a question as they are now, from the cache or read anew, by their first days."""
    now = timezone.now()
    names = {start: f"store-stats:{store.store_id}:{store.timezone}:{start}" for start in _starts(first, last)}
    found: dict[str, Month] = cache.get_many(names.values())
    kept = {start: found[name] for start, name in names.items() if name in found}
    kept = {start: month for start, month in kept.items() if now - month.made_at < KEPT}
    changed = _changed_days(store, min(month.as_of for month in kept.values())) if kept else {}
    followed = {start: _followed(store, start, month, changed, now) for start, month in kept.items()}
    months = {start: month for start, month in followed.items() if month is not None}
    months |= _new_months(store, [start for start in names if start not in months], now)
    for start, month in months.items():
        if month is not kept.get(start):
            cache.set(names[start], month, KEPT.total_seconds())
    return {start: months[start] for start in names}


def _new_months(store: Store, starts: list[date], now: datetime) -> dict[date, Month]:
    """Read months, and what lies between them: one pass over a year is quicker than twelve."""
    if not starts:
        return {}
    days, packages = _read(store, starts[0], _next_month(starts[-1]))
    return {
        start: _month(
            now,
            now,
            {day: sums for day, sums in days.items() if day.replace(day=1) == start},
            {day: sold for day, sold in packages.items() if day.replace(day=1) == start},
        )
        for start in starts
    }


def _followed(
    store: Store, start: date, month: Month, changed: dict[date, datetime], now: datetime
) -> Month | None:
    """Return a remembered month as it is now, None when too much of it changed."""
    stale = [day for day, at in changed.items() if day.replace(day=1) == start and at > month.as_of]
    if len(stale) > FEW_DAYS:
        return None
    if not stale:
        return month if now - month.as_of < LOOK_BACK else replace(month, as_of=now - LATE)
    days, packages = dict(month.days), _unpacked(month.detail)
    for day in stale:
        days.pop(day, None)
        packages.pop(day, None)
        new, sold = _read(store, day, day + timedelta(1))
        days |= new
        packages |= sold
    return _month(month.made_at, now, days, packages)


def _month(made_at: datetime, now: datetime, days: dict[date, DaySums], packages: dict[date, Packages]) -> Month:
    return Month(made_at, now - LATE, days, _added(packages.values()), _packed(packages))


def _changed_days(store: Store, since: datetime) -> dict[date, datetime]:
    """Return the days on which orders were paid that changed after a moment, each with its newest change."""
    rows = Order.objects.of_store(store).filter(updated_at__gt=since, paid_at__isnull=False)
    by_day = rows.annotate(day=TruncDate("paid_at", tzinfo=ZoneInfo(store.timezone))).order_by()
    return dict(by_day.values_list("day").annotate(newest=Max("updated_at")))


def _read(store: Store, start: date, end: date) -> tuple[dict[date, DaySums], dict[date, Packages]]:
    """Add up the days from start to the one before end that have orders, in two queries."""
    zone = ZoneInfo(store.timezone)
    begins, ends = (datetime.combine(day, time.min, zone) for day in (start, end))
    orders = Order.objects.of_store(store).filter(paid_at__gte=begins, paid_at__lt=ends)
    stands = Q(status=OrderStatus.PAID)
    by_day = orders.annotate(day=TruncDate("paid_at", tzinfo=zone)).order_by().values_list("day")
    rows = by_day.annotate(
        count=Count("pk", filter=stands),
        revenue=Sum(F("total_amount") - F("refunded_amount"), filter=stands),
        refunded=Sum("refunded_amount"),
    )
    days = {day: DaySums(count, revenue or Decimal(0), refunded) for day, count, revenue, refunded in rows}
    lines = OrderItem.objects.filter(
        order__store=store,
        order__status=OrderStatus.PAID,
        order__paid_at__gte=begins,
        order__paid_at__lt=ends,
    )
    by_package = lines.annotate(day=TruncDate("order__paid_at", tzinfo=zone)).order_by()
    sums = by_package.values_list("day", "package").annotate(units=Sum("quantity"), revenue=Sum("total"))
    packages: defaultdict[date, Packages] = defaultdict(dict)
    for day, pk, units, revenue in sums:
        packages[day][pk] = (units, revenue)
    return days, {day: _best(sold) for day, sold in packages.items()}


def _best(sold: Packages) -> Packages:
    if len(sold) <= MAX_PACKAGES:
        return sold
    return dict(sorted(sold.items(), key=lambda item: -item[1][1])[:MAX_PACKAGES])


def _added(parts: Iterable[Packages]) -> Packages:
    sums: Packages = {}
    for part in parts:
        for pk, (units, revenue) in part.items():
            before = sums.get(pk)
            sums[pk] = (before[0] + units, before[1] + revenue) if before else (units, revenue)
    return sums


def _packed(by_day: dict[date, Packages]) -> str:
    rows = {str(day): [[pk.hex, n, str(sum_)] for pk, (n, sum_) in sold.items()] for day, sold in by_day.items()}
    return json.dumps(rows, separators=(",", ":"))


def _unpacked(detail: str) -> dict[date, Packages]:
    return {
        date.fromisoformat(day): {uuid.UUID(pk): (units, Decimal(revenue)) for pk, units, revenue in rows}
        for day, rows in json.loads(detail).items()
    }


def _starts(first: date, last: date) -> list[date]:
    """Return the first days of the months that a question touches."""
    starts = [first.replace(day=1)]
    while (following := _next_month(starts[-1])) <= last:
        starts.append(following)
    return starts


def _next_month(start: date) -> date:
    return (start + timedelta(31)).replace(day=1)
