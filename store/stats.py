"""What a store sold, by day of its own time zone: from sums that are kept, and what is not in them yet.

A million orders are not added up for a question. `store.services.sums` keeps the sums of each day, and the entries
that were written since; both together are the orders as they stand. A store without sums, or with those of another
zone, is read from its orders until it has them.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from store.best_packages import TOP, Packages, best_packages
from store.models import Package, SalesBook, SalesEntry, SoldDay, Store
from store.services.sums import ZERO, added_days, added_packages, day_sums, package_sums


@dataclass(frozen=True, slots=True)
class DaySums:
    """One day. orders: paid and not undone. revenue: of these, less what was given back in parts.

    refunded: given back of orders that were paid on this day.
    """

    orders: int = 0
    revenue: Decimal = ZERO
    refunded: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class TopPackage:
    """A package that sold. name: as it is called now. revenue: what its lines cost, after coupons."""

    package_id: uuid.UUID
    name: str
    quantity: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """What some days sold: each of them, and the packages that brought most in all of them, ten at most."""

    days: dict[date, DaySums]
    top: list[TopPackage]


def sums_of(store: Store, first: date, last: date) -> Sums:
    """Return the sums of the days from the first to the last, both included; a day without orders has zeros."""
    while (version := _version(store)) is not None:
        days, best = _kept(store, first, last)
        # Whoever has added entries to the sums meanwhile may have shown us some of them twice, or not at all.
        if _version(store) == version:
            break
    else:
        days, best = _from_orders(store, first, last)
    whole = (first + timedelta(number) for number in range((last - first).days + 1))
    return Sums({day: DaySums(*days.get(day, ())) for day in whole}, _named(store, best))


def _version(store: Store) -> int | None:
    """Return the version of the sums, None where there are none of the store's zone."""
    books = SalesBook.objects.filter(store=store, timezone=store.timezone)
    return next(iter(books.values_list("version", flat=True)), None)


def _kept(store: Store, first: date, last: date) -> tuple[dict[date, list[Any]], list[Any]]:
    zone = ZoneInfo(store.timezone)
    begins, ends = _span(first, last, zone)
    entries = list(SalesEntry.objects.filter(store=store, paid_at__gte=begins, paid_at__lt=ends).order_by("pk"))
    rows = SoldDay.objects.filter(store=store, day__range=(first, last))
    days = {day: sums for day, *sums in rows.values_list("day", "orders", "revenue", "refunded")}
    for day, added in added_days(entries, zone).items():
        days[day] = [kept + more for kept, more in zip(days.get(day, (0, ZERO, ZERO)), added, strict=True)]
    pending: Packages = {}
    for (pk, is_month, _), (units, revenue) in added_packages(entries, zone).items():
        if not is_month:
            before = pending.get(pk, (0, ZERO))
            pending[pk] = (before[0] + units, before[1] + revenue)
    return days, best_packages(store, first, last, pending)


def _from_orders(store: Store, first: date, last: date) -> tuple[dict[date, list[Any]], list[Any]]:
    zone = ZoneInfo(store.timezone)
    begins, ends = _span(first, last, zone)
    rows = day_sums(store, zone).filter(paid_at__gte=begins, paid_at__lt=ends)
    days = {day: [orders, revenue, refunded] for _, day, orders, revenue, refunded in rows}
    sold = package_sums(store, zone, is_month=False).filter(order__paid_at__gte=begins, order__paid_at__lt=ends)
    packages: dict[uuid.UUID, list[Any]] = {}
    for _, pk, _, _, units, revenue in sold:
        sums = packages.setdefault(pk, [0, ZERO])
        sums[0] += units
        sums[1] += revenue
    ranked = sorted(packages.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    return days, [(pk, *sums) for pk, sums in ranked[:TOP]]


def _span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins, ends = (datetime.combine(day, time.min, zone) for day in (first, last + timedelta(1)))
    return begins, ends


def _named(store: Store, best: Iterable[tuple[uuid.UUID, int, Decimal]]) -> list[TopPackage]:
    rows = list(best)
    ids = [pk for pk, _, _ in rows]
    names = dict(Package.objects.of_store(store).filter(pk__in=ids).values_list("pk", "name"))
    return [TopPackage(pk, names[pk], units, revenue) for pk, units, revenue in rows]
