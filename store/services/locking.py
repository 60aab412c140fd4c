"""Locks of everything that an order touches: always taken in one order, and never waited for without end.

The order is: order, customer, gift cards, coupon, subscriptions, packages; rows of one kind by their ids. Two
requests that want the same rows meet at the first of them, so none can hold what the other waits for. All of them
are locked "no key": a foreign key that points at a row does not wait for it.
All of what one player may buy (limits, requirements, uses of a coupon) is guarded by the customer's row.
"""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, connection, transaction

from api.errors import NotFound
from store.errors import StoreBusy
from store.models import Customer, Order, Package, Store, Subscription
from store.players import player_key

# How long a request waits for one lock. A purchase holds its locks for some milliseconds.
WAIT_SECONDS: float = 3
# PostgreSQL: lock_not_available and deadlock_detected.
_SQLSTATES = {"55P03", "40P01"}
# PostgreSQL: foreign_key_violation.
_GONE = "23503"


@contextmanager
def exclusive() -> Iterator[None]:
    """Run a transaction that waits `WAIT_SECONDS` at most for each of its locks.

    Raises StoreBusy (503), with nothing written, when it waited in vain, and when something that it points at was
    deleted meanwhile: whoever tries again is told what.
    """
    try:
        with transaction.atomic():
            _limit_the_wait()
            yield
    except OperationalError as fault:
        if not is_about_locks(fault):
            raise
        raise StoreBusy from fault
    except IntegrityError as fault:
        if getattr(fault.__cause__, "sqlstate", None) != _GONE:
            raise
        raise StoreBusy from fault


def is_about_locks(fault: OperationalError) -> bool:
    """Return whether the database gave up on a lock, and not on something else."""
    sqlstate = getattr(fault.__cause__, "sqlstate", None)
    return sqlstate in _SQLSTATES or (sqlstate is None and "is locked" in str(fault))


def lock_order(store: Store, order: Order) -> Order:
    """Return the order as it is now, locked. Raises NotFound (404) when it is gone."""
    rows = Order.objects.of_store(store).filter(pk=order.pk).select_for_update(no_key=True)
    locked = next(iter(rows), None)
    if locked is None:
        raise NotFound
    return locked


def lock_customer(store: Store, username: str, player_uuid: str | None = None) -> Customer:
    """Return the customer of a name, locked; one who comes for the first time is made."""
    key = player_key(username)
    rows = Customer.objects.of_store(store).filter(player_key=key).select_for_update(no_key=True)
    known = next(iter(rows), None)
    if known is not None:
        return known
    new = Customer(store=store, player_key=key, player_username=username, player_uuid=player_uuid)
    # Of two first purchases at once the second waits here for the first, and finds its row.
    Customer.objects.bulk_create([new], ignore_conflicts=True)
    return rows.get()


def lock_customer_of(order: Order | Subscription) -> Customer:
    """Return the customer of an order or of a subscription, locked."""
    return Customer.objects.select_for_update(no_key=True).get(pk=order.customer_id)


def lock_subscription(subscription: Subscription) -> Subscription:
    """Return a subscription as it is now, locked, with what it renews.

    The caller has locked its customer. Who waited here instead would miss the row once a renewal gave it another
    item: PostgreSQL looks for that item among those of the time when the wait began.
    """
    rows = Subscription.objects.select_related("store", "package", "item__order", "item__server")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=subscription.pk)


def lock_packages(package_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Package]:
    """Return the packages as they are now, locked in the order of their ids."""
    rows = Package.objects.filter(pk__in=package_ids).order_by("pk").select_for_update(no_key=True)
    return {package.pk: package for package in rows}


def _limit_the_wait() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{int(WAIT_SECONDS * 1000)}ms'")
