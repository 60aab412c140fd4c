"""Timed packages: until when a player has one, and what happens then."""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db.models import Max

from store.models import CommandType, Customer, OrderItem, OrderStatus, Package, PackageType
from store.services import fulfilment, locking
from store.services.carts import Cart

# Units that would last beyond the calendar end here; a year is left for time zones.
LAST = datetime(9998, 12, 31, tzinfo=UTC)


def running_until(cart: Cart, customer: Customer, now: datetime) -> dict[uuid.UUID, datetime]:
    """Return until when the player has the cart's cumulative timed packages already; those that add up to it."""
    adding = {line.package.pk for line in cart.lines if _is_timed(line.package) and line.package.is_cumulative}
    return _latest(adding, customer, now) if adding else {}


def ends_at(package: Package, quantity: int, begins_at: datetime) -> datetime | None:
    """Return when a purchase of a timed package ends, each unit after the other; None for other packages.

    None ends after `LAST`.
    """
    if not _is_timed(package):
        return None
    unit = timedelta(days=package.duration_days or 0, hours=package.duration_hours or 0)
    return begins_at + min(unit * quantity, LAST - begins_at)


def end_item(*, item: OrderItem, now: datetime) -> bool:
    """End one timed line; return False when somebody else has done so.

    Its expiry commands are left out while the player has the package from another purchase.
    Raises StoreBusy (503).
    """
    with locking.exclusive():
        customer = locking.lock_customer_of(item.order)
        if not OrderItem.objects.due(now).filter(pk=item.pk).update(ended_at=now):
            return False
        if not _latest({item.package_id}, customer, now):
            fulfilment.record_commands(item.order, [item], CommandType.EXPIRY)
    return True


def _latest(packages: Collection[uuid.UUID], customer: Customer, now: datetime) -> dict[uuid.UUID, datetime]:
    mine = OrderItem.objects.filter(order__customer=customer, order__status=OrderStatus.PAID)
    rows = mine.filter(package__in=packages, expires_at__gt=now)
    return dict(rows.values_list("package").annotate(Max("expires_at")).order_by())


def _is_timed(package: Package) -> bool:
    return package.type == PackageType.TIMED
