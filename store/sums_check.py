"""Whether the sums that statistics are read from are those of the orders."""

from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum

from store.models import SalesBook, SalesEntry, SoldDay, SoldPackage, Store
from store.services.sums import ZERO, added_days, added_packages, day_sums, package_sums


def faults_of(store: Store) -> list[str]:
    """Return what is wrong, in words: days and months by their first day, packages by their id.

    The packages of each day are compared by their sum, those of all months together one by one. Orders that change
    meanwhile may show as faults; a fault that stays is one.
    """
    if not SalesBook.objects.filter(store=store, timezone=store.timezone).exists():
        return ["there are no sums in the store's time zone yet"]
    kept, orders = _kept(store), _from_orders(store)
    return [name for name in sorted(kept.keys() | orders.keys()) if kept.get(name) != orders.get(name)]


def _kept(store: Store) -> dict[str, tuple[Any, ...]]:
    zone = ZoneInfo(store.timezone)
    entries = list(SalesEntry.objects.filter(store=store))
    sums: defaultdict[str, list[Any]] = defaultdict(lambda: [0, ZERO, ZERO])
    days = SoldDay.objects.filter(store=store).values_list("day", "orders", "revenue", "refunded")
    for day, count, revenue, refunded in days:
        _add(sums, f"day {day}", count, revenue, refunded)
    for day, values in added_days(entries, zone).items():
        _add(sums, f"day {day}", *values)
    rows = SoldPackage.objects.filter(store=store).order_by().values_list("package", "is_month", "start")
    for (pk, is_month, start), (units, revenue) in added_packages(entries, zone).items():
        _add_package(sums, pk, is_month, start, units, revenue)
    for pk, is_month, start, units, revenue in rows.annotate(Sum("units"), Sum("revenue")).iterator():
        _add_package(sums, pk, is_month, start, units, revenue)
    return _without_zeros(sums)


def _from_orders(store: Store) -> dict[str, tuple[Any, ...]]:
    zone = ZoneInfo(store.timezone)
    sums: defaultdict[str, list[Any]] = defaultdict(lambda: [0, ZERO, ZERO])
    for _, day, count, revenue, refunded in day_sums(store, zone):
        _add(sums, f"day {day}", count, revenue, refunded)
    for is_month in (True, False):
        for _, pk, _, start, units, revenue in package_sums(store, zone, is_month=is_month).iterator():
            _add_package(sums, pk, is_month, start, units, revenue)
    return _without_zeros(sums)


def _add_package(
    sums: defaultdict[str, list[Any]], pk: Any, is_month: bool, start: Any, units: int, revenue: Any
) -> None:
    _add(sums, f"packages of {'month' if is_month else 'day'} {start}", units, revenue, ZERO)
    if is_month:
        _add(sums, f"package {pk}", units, revenue, ZERO)


def _add(sums: defaultdict[str, list[Any]], name: str, count: int, revenue: Any, refunded: Any) -> None:
    row = sums[name]
    row[0] += count
    row[1] += revenue
    row[2] += refunded


def _without_zeros(sums: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(row) for name, row in sums.items() if any(row)}
