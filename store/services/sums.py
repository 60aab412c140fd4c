"""The sums of what was sold: every change of an order writes an entry, and entries are added to the sums later.

No order waits for another at the sums of its day, for entries are only inserted. Who reads adds the entries that
are not in the sums yet, so that the answer is right at once; who writes the sums locks the store's book.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import BooleanField, Count, DateField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncDate, TruncMonth

from store.models import Order, OrderItem, OrderStatus, SalesBook, SalesEntry, SoldDay, SoldPackage, Store

# Entries of one transaction.
MOST = 2_000
ZERO = Decimal(0)
_DAY = ("store_id", "day", "orders", "revenue", "refunded")
_PACKAGE = ("store_id", "package_id", "is_month", "start", "units", "revenue")
# Id of the package, whether it is a month, its first day → units and revenue.
Packages = dict[tuple[Any, bool, date], list[Any]]


def book(order: Order, *, orders: int = 0, revenue: Decimal = ZERO, refunded: Decimal = ZERO) -> SalesEntry | None:
    """Write down what a change of an order adds to the sums of the day on which it was paid.

    Call it in the transaction of the change. An order that was never paid is in no sum.
    """
    if order.paid_at is None:
        return None
    entry = SalesEntry(store_id=order.store_id, order=order, paid_at=order.paid_at)
    entry.orders, entry.revenue, entry.refunded = orders, revenue, refunded
    entry.save(force_insert=True)
    return entry


def open_book(store: Store) -> None:
    """Begin the sums of a store that has no orders."""
    SalesBook.objects.create(store=store, timezone=store.timezone)


@transaction.atomic
def fold(store: Store) -> int:
    """Add the store's oldest entries to its sums; return how many. Nothing is done without a book of its zone."""
    locked = SalesBook.objects.select_for_update(no_key=True).filter(store=store, timezone=store.timezone).first()
    entries = list(SalesEntry.objects.filter(store=store).order_by("pk")[:MOST]) if locked else []
    if locked is None or not entries:
        return 0
    zone = ZoneInfo(locked.timezone)
    days, packages = added_days(entries, zone), added_packages(entries, zone)
    _add_days(store, days)
    _add_packages(store, packages)
    SalesEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    locked.version += 1
    locked.save(update_fields=["version"])
    return len(entries)


@transaction.atomic
def rebuild(store: Store) -> None:
    """Add up all orders of a store anew, by the days of its zone. Orders go on meanwhile."""
    SalesBook.objects.get_or_create(store=store, defaults={"timezone": store.timezone})
    locked = SalesBook.objects.select_for_update(no_key=True).get(store=store)
    SoldDay.objects.filter(store=store).delete()
    SoldPackage.objects.filter(store=store)._raw_delete(SoldPackage.objects.db)
    zone = ZoneInfo(store.timezone)
    _run_at_one_moment(
        [
            _insert(SoldDay, _DAY, day_sums(store, zone)),
            _insert(SoldPackage, _PACKAGE, package_sums(store, zone, is_month=False)),
            _insert(SoldPackage, _PACKAGE, package_sums(store, zone, is_month=True)),
            (f"DELETE FROM {SalesEntry._meta.db_table} WHERE store_id = %s", (store.pk,)),  # noqa: S608
        ]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Until it knows the new rows, the planner would read whole months to find their best packages.
            cursor.execute(f"ANALYZE {SoldDay._meta.db_table}, {SoldPackage._meta.db_table}")
    locked.timezone, locked.version = store.timezone, locked.version + 1
    locked.save(update_fields=["timezone", "version"])


def day_sums(store: Store, zone: ZoneInfo) -> QuerySet[Any, Any]:
    """Return the sums of each day, read from the orders, as `_DAY` names them."""
    stands = Q(status=OrderStatus.PAID)
    rows = Order.objects.of_store(store).filter(paid_at__isnull=False).order_by()
    by_day = rows.annotate(day=TruncDate("paid_at", tzinfo=zone)).values("store_id", "day")
    left = Sum(F("total_amount") - F("refunded_amount"), filter=stands)
    sums = {
        "orders": Count("pk", filter=stands),
        "revenue": Coalesce(left, ZERO),
        "refunded": Sum("refunded_amount"),
    }
    return by_day.annotate(**sums).values_list(*_DAY)


def package_sums(store: Store, zone: ZoneInfo, *, is_month: bool) -> QuerySet[Any, Any]:
    """Return the sums of each package by day or month, read from the orders, as `_PACKAGE` names them."""
    rows = OrderItem.objects.filter(order__store=store, order__status=OrderStatus.PAID).order_by()
    rows = rows.filter(order__paid_at__isnull=False)
    kind: Any = TruncMonth if is_month else TruncDate
    start = kind("order__paid_at", tzinfo=zone, output_field=DateField())
    named = rows.annotate(start=start, is_month=Value(is_month, BooleanField()), store_id=F("order__store"))
    grouped = named.values("store_id", "package_id", "is_month", "start")
    return grouped.annotate(units=Sum("quantity"), revenue=Sum("total")).values_list(*_PACKAGE)


def added_days(entries: Iterable[SalesEntry], zone: ZoneInfo) -> dict[date, list[Any]]:
    """Return orders, revenue and refunds that entries add to each day."""
    days: defaultdict[date, list[Any]] = defaultdict(lambda: [0, ZERO, ZERO])
    for entry in entries:
        sums = days[_day(entry.paid_at, zone)]
        sums[0] += entry.orders
        sums[1] += entry.revenue
        sums[2] += entry.refunded
    return days


def added_packages(entries: Iterable[SalesEntry], zone: ZoneInfo) -> Packages:
    """Return what entries add to each package on each day and in each month: lines of orders that come or go."""
    moves: dict[Any, list[SalesEntry]] = defaultdict(list)
    for entry in entries:
        if entry.orders:
            moves[entry.order_id].append(entry)
    packages: Packages = defaultdict(lambda: [0, ZERO])
    lines = OrderItem.objects.filter(order__in=list(moves)).order_by()
    for order, package, quantity, total in lines.values_list("order", "package", "quantity", "total"):
        for entry in moves[order]:
            day = _day(entry.paid_at, zone)
            for place in ((package, False, day), (package, True, day.replace(day=1))):
                packages[place][0] += entry.orders * quantity
                packages[place][1] += entry.orders * total
    return packages


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _add_days(store: Store, days: dict[date, list[Any]]) -> None:
    known = {row.day: row for row in SoldDay.objects.filter(store=store, day__in=list(days))}
    rows = []
    for day, (orders, revenue, refunded) in days.items():
        row = known.get(day) or SoldDay(store=store, day=day, orders=0, revenue=ZERO, refunded=ZERO)
        row.orders, row.revenue, row.refunded = row.orders + orders, row.revenue + revenue, row.refunded + refunded
        rows.append(row)
    _write(SoldDay, rows)


def _add_packages(store: Store, packages: Packages) -> None:
    ids, starts = {place[0] for place in packages}, {place[2] for place in packages}
    found = SoldPackage.objects.filter(store=store, package__in=ids, start__in=starts)
    known = {(row.package_id, row.is_month, row.start): row for row in found}
    rows = []
    for (package, is_month, start), (units, revenue) in packages.items():
        new = {"store": store, "package_id": package, "is_month": is_month, "start": start}
        row = known.get((package, is_month, start)) or SoldPackage(units=0, revenue=ZERO, **new)
        row.units, row.revenue = row.units + units, row.revenue + revenue
        rows.append(row)
    _write(SoldPackage, rows)


def _write(model: Any, rows: list[Any]) -> None:
    """Write sums, new ones and known ones. Nobody else can: the book is locked."""
    sums = ["orders", "revenue", "refunded"] if model is SoldDay else ["units", "revenue"]
    model.objects.bulk_create([row for row in rows if row.pk is None])
    model.objects.bulk_update([row for row in rows if row.pk is not None], sums, batch_size=500)


def _insert(model: Any, columns: tuple[str, ...], rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    sql, values = rows.query.sql_with_params()
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) {sql}", values


def _run_at_one_moment(statements: list[tuple[str, tuple[Any, ...]]]) -> None:
    """Run statements that all see the same orders and entries.

    On PostgreSQL they are one statement, for at READ COMMITTED each sees what was committed before it began. On
    SQLite the transaction is the only one that writes.
    """
    if connection.vendor == "postgresql":
        *inserts, (last, last_values) = statements
        parts = ", ".join(f"part{number} AS ({sql})" for number, (sql, _) in enumerate(inserts))
        values = [value for _, some in inserts for value in some]
        statements = [(f"WITH {parts} {last}", (*values, *last_values))]
    with connection.cursor() as cursor:
        for sql, values_ in statements:
            cursor.execute(sql, values_)
