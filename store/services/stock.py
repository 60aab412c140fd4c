"""Stock, what one player may have, and what a package asks for. Exact under any number of buyers at once.

`Package.sold` is guarded by the package's row, `PackageUse` by the customer's, both locked by the caller's order.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Case, F, IntegerField, Value, When

from api.errors import FieldError
from store.errors import OrderRefused
from store.models import Customer, OrderItem, OrderStatus, Package, PackageUse
from store.services import locking
from store.services.carts import Cart
from store.services.package_rules import pricing_shape

Units = Mapping[uuid.UUID, int]


def uses_of(packages: Iterable[uuid.UUID], customer: Customer) -> dict[uuid.UUID, int]:
    """Return how many units of the packages a player has; those that the player never had are left out."""
    rows = PackageUse.objects.filter(package__in=list(packages), player_key=customer.player_key)
    return dict(rows.values_list("package_id", "quantity"))


def check_player(cart: Cart, customer: Customer, uses: Units) -> None:
    """Refuse what this player may not have: too many of a package, or one that asks for another.

    uses: what the player has.

    Raises OrderRefused (400) that names every line at fault.
    """
    _refuse([*_limit_faults(cart, uses), *_requirement_faults(cart, customer)])


def check_packages(cart: Cart, packages: Mapping[uuid.UUID, Package], now: datetime) -> None:
    """Refuse packages that are not on sale or have too few left. packages: as they are now.

    Raises OrderRefused (400) that names every line at fault.
    """
    wanted = cart.wanted()
    faults = []
    for index, line in enumerate(cart.lines):
        package = packages[line.package.pk]
        if not _is_on_sale(package, now):
            faults.append(FieldError(f"items[{index}].packageId", "not_on_sale", "is not on sale now"))
        elif package.global_limit is not None and package.sold + wanted[package.pk] > package.global_limit:
            left = package.global_limit - package.sold
            sentence = f"is out of stock: {left} left" if left > 0 else "is out of stock"
            faults.append(FieldError(f"items[{index}].packageId", "out_of_stock", sentence))
    _refuse(faults)


def take_stock(cart: Cart, customer: Customer, now: datetime, uses: Units | None) -> None:
    """Take the cart's units from the stock and from what the player may have; all or none.

    uses: what the player has; None takes nothing, but holds the packages still all the same.
    Raises OrderRefused (400), also when a package was changed after the cart was priced.
    """
    wanted = cart.wanted()
    if uses is not None:
        # Guarded by the customer's row: the packages, which everybody wants, are not held for it.
        _count_uses(wanted, customer, uses, 1)
    packages = locking.lock_packages(wanted)
    _refuse([*_change_faults(cart, packages)])
    if uses is not None:
        check_packages(cart, packages, now)
        _count_sold(wanted, 1)


def release_stock(items: Iterable[OrderItem], customer: Customer) -> None:
    """Give back what the items took; those that took nothing give nothing."""
    units: dict[uuid.UUID, int] = {}
    for item in items:
        if item.counts:
            units[item.package_id] = units.get(item.package_id, 0) + item.quantity
    if units:
        locking.lock_packages(units)
        _count_sold(units, -1)
        _count_uses(units, customer, uses_of(units, customer), -1)


def _count_sold(units: Units, sign: int) -> None:
    steps = [When(pk=pk, then=Value(sign * number)) for pk, number in units.items()]
    step = Case(*steps, output_field=IntegerField())
    Package.objects.filter(pk__in=units).update(sold=F("sold") + step)


def _count_uses(units: Units, customer: Customer, has: Units, sign: int) -> None:
    """Write the player's new numbers. Nobody else can, for the customer's row is locked."""
    rows = [
        PackageUse(package_id=pk, player_key=customer.player_key, quantity=max(0, has.get(pk, 0) + sign * number))
        for pk, number in units.items()
    ]
    PackageUse.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["quantity"], unique_fields=["package", "player_key"]
    )


def _change_faults(cart: Cart, packages: Mapping[uuid.UUID, Package]) -> Iterable[FieldError]:
    """Yield the lines whose package costs something else by now, renews otherwise, or is gone."""
    for index, line in enumerate(cart.lines):
        before, now = line.package, packages[line.package.pk]
        is_same = before.price == now.price and pricing_shape(before) == pricing_shape(now)
        if now.hidden_at is not None or not is_same:
            sentence = "was changed meanwhile; send the order again"
            yield FieldError(f"items[{index}].packageId", "changed", sentence)


def _limit_faults(cart: Cart, has: Units) -> Iterable[FieldError]:
    wanted = cart.wanted()
    for index, line in enumerate(cart.lines):
        limit = line.package.per_user_limit
        if limit is not None and has.get(line.package.pk, 0) + wanted[line.package.pk] > limit:
            sentence = f"is more than this player may buy: {limit} in all"
            yield FieldError(f"items[{index}].quantity", "per_user_limit", sentence)


def _requirement_faults(cart: Cart, customer: Customer) -> Iterable[FieldError]:
    asked = {
        index: {package.pk: package.name for package in line.package.required_packages.all()}
        for index, line in enumerate(cart.lines)
    }
    here = set(cart.wanted())
    missing = {pk for names in asked.values() for pk in names} - here
    if not missing:
        return
    paid = OrderItem.objects.filter(order__customer=customer, order__status=OrderStatus.PAID)
    missing -= set(paid.filter(package__in=missing).values_list("package_id", flat=True))
    for index, names in asked.items():
        for pk in names.keys() & missing:
            sentence = f"needs {names[pk]}, which this player does not have"
            yield FieldError(f"items[{index}].packageId", "required_package", sentence)


def _is_on_sale(package: Package, now: datetime) -> bool:
    has_begun = package.available_from is None or package.available_from <= now
    goes_on = package.available_until is None or now < package.available_until
    return package.is_active and has_begun and goes_on


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise OrderRefused(errors=tuple(faults))
