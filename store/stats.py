"""What a store sold, by day of its own time zone: sums that are kept, and read anew where an order changed.

A million orders are not added up for every question. The sums of a month are remembered, along with the time when
they were read; a question looks only for orders that changed since then, and reads their days again.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from store.models import Order, OrderItem, OrderStatus, Package, Store

KEPT = timedelta(hours=6)
# A change is dated before it is committed; no transaction of ours takes this long.
LATE = timedelta(minutes=1)
# More days than this of one month are read along with the rest of it.
FEW_DAYS = 3
# Of a day that sold more packages than this, the best are kept: a month has to fit into the cache.
MAX_PACKAGES = 200
TOP = 10


@dataclass(slots=True)
class DaySums:
    """One day. orders: paid and not undone. revenue: of these, less what was given back in parts.

    refunded: given back of orders that were paid on this day. packages: id → units and what their lines cost.
    """

    orders: int = 0
    revenue: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    packages: dict[uuid.UUID, tuple[int, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Month:
    """The days of a month that had orders. made_at: when all were read; as_of: what changed before is in them."""

    made_at: datetime
    as_of: datetime
    days: dict[date, DaySums]


@dataclass(frozen=True, slots=True)
class TopPackage:
    """A package that sold. name: as it is called now. revenue: what its lines cost, after coupons."""

    package_id: uuid.UUID
    name: str
    quantity: int
    revenue: Decimal


def sums_by_day(store: Store, first: date, last: date) -> dict[date, DaySums]:
    """Return the sums of every day from the first to the last, both included; a day without orders has zeros."""
    now = timezone.now()
    names = {month: f"store-stats:{store.store_id}:{store.timezone}:{month}" for month in _months(first, last)}
    found: dict[str, Month] = cache.get_many(names.values())
    kept = {month: found[name] for month, name in names.items() if name in found}
    kept = {month: entry for month, entry in kept.items() if now - entry.made_at < KEPT}
    changed = _changed_days(store, min(entry.as_of for entry in kept.values())) if kept else {}
    days: dict[date, DaySums] = {}
    for month, name in names.items():
        entry = _current(store, month, kept.get(month), changed, now)
        if entry is not kept.get(month):
            cache.set(name, entry, KEPT.total_seconds())
        days |= entry.days
    whole = (first + timedelta(number) for number in range((last - first).days + 1))
    return {day: days.get(day) or DaySums() for day in whole}


def top_packages(store: Store, days: Iterable[DaySums]) -> list[TopPackage]:
    """Return the packages that brought most on the days, ten at most, the best first."""
    sums: defaultdict[uuid.UUID, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for day in days:
        for pk, (quantity, revenue) in day.packages.items():
            sums[pk] = (sums[pk][0] + quantity, sums[pk][1] + revenue)
    best = sorted(sums.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))[:TOP]
    names = dict(Package.objects.of_store(store).filter(pk__in=dict(best)).values_list("pk", "name"))
    return [TopPackage(pk, names[pk], quantity, revenue) for pk, (quantity, revenue) in best]


def _current(
    store: Store, month: date, entry: Month | None, changed: dict[date, datetime], now: datetime
) -> Month:
    """Return the month as it is now; the entry itself when nothing in it changed."""
    end = _next_month(month)
    if entry is None:
        return Month(now, now - LATE, _read(store, month, end))
    stale = [day for day, at in changed.items() if month <= day < end and at > entry.as_of]
    if not stale:
        return entry
    if len(stale) > FEW_DAYS:
        return Month(now, now - LATE, _read(store, month, end))
    days = {day: sums for day, sums in entry.days.items() if day not in stale}
    for day in stale:
        days |= _read(store, day, day + timedelta(1))
    return Month(entry.made_at, now - LATE, days)


def _changed_days(store: Store, since: datetime) -> dict[date, datetime]:
    """Return the days on which orders were paid that changed after a moment, each with its newest change."""
    rows = Order.objects.of_store(store).filter(updated_at__gt=since, paid_at__isnull=False)
    by_day = rows.annotate(day=TruncDate("paid_at", tzinfo=ZoneInfo(store.timezone))).order_by()
    return dict(by_day.values_list("day").annotate(newest=Max("updated_at")))


def _read(store: Store, start: date, end: date) -> dict[date, DaySums]:
    """Add up the days from start to the one before end that have orders, in two queries."""
    zone = ZoneInfo(store.timezone)
    paid = (datetime.combine(start, time.min, zone), datetime.combine(end, time.min, zone))
    orders = Order.objects.of_store(store).filter(paid_at__gte=paid[0], paid_at__lt=paid[1])
    stands = Q(status=OrderStatus.PAID)
    by_day = orders.annotate(day=TruncDate("paid_at", tzinfo=zone)).order_by().values_list("day")
    days = {
        day: DaySums(count, revenue or Decimal(0), refunded)
        for day, count, revenue, refunded in by_day.annotate(
            count=Count("pk", filter=stands),
            revenue=Sum(F("total_amount") - F("refunded_amount"), filter=stands),
            refunded=Sum("refunded_amount"),
        )
    }
    lines = OrderItem.objects.filter(
        order__store=store,
        order__status=OrderStatus.PAID,
        order__paid_at__gte=paid[0],
        order__paid_at__lt=paid[1],
    )
    by_package = lines.annotate(day=TruncDate("order__paid_at", tzinfo=zone)).order_by()
    sums_of = by_package.values_list("day", "package").annotate(units=Sum("quantity"), revenue=Sum("total"))
    for day, pk, quantity, revenue in sums_of:
        days[day].packages[pk] = (quantity, revenue)
    for sums in days.values():
        sums.packages = _best(sums.packages)
    return days


def _best(packages: dict[uuid.UUID, tuple[int, Decimal]]) -> dict[uuid.UUID, tuple[int, Decimal]]:
    if len(packages) <= MAX_PACKAGES:
        return packages
    return dict(sorted(packages.items(), key=lambda item: -item[1][1])[:MAX_PACKAGES])


def _months(first: date, last: date) -> list[date]:
    months = [first.replace(day=1)]
    while (following := _next_month(months[-1])) <= last:
        months.append(following)
    return months


def _next_month(month: date) -> date:
    return (month + timedelta(31)).replace(day=1)
