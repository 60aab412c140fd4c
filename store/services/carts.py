"""What somebody wants to buy, with everything that its price and its limits hang on. Reads only."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch

from api.errors import FieldError, InvalidFields
from store import money, pricing
from store.errors import CouponNotRedeemable, OrderRefused
from store.models import Coupon, GiftCard, Package, PackageCommand, Server, Store
from store.sale_prices import line_of, running_sales

_REFUSED = {
    "minimum_purchase": "This order is below the minimum purchase of the coupon.",
    "not_applicable": "This coupon does not apply to anything in this order.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One line as a client asks for it. quantity: 1 to 100."""

    package_id: uuid.UUID
    quantity: int
    server_id: uuid.UUID | None = None
    custom_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line, found. servers: where it is delivered; empty is wherever the player is."""

    package: Package
    quantity: int
    servers: tuple[Server, ...]
    chosen_server: Server | None
    custom_price: Decimal | None

    @property
    def priced_as(self) -> pricing.Line:
        """Return the line as pricing wants it."""
        return line_of(self.package, self.quantity, self.custom_price)


@dataclass(frozen=True, slots=True)
class Cart:
    """All lines, and the sales that run. Two lines may have one package, for two servers."""

    store: Store
    lines: tuple[CartLine, ...]
    sales: tuple[pricing.Sale, ...]

    def wanted(self) -> Counter[uuid.UUID]:
        """Return how many units of each package the lines have together."""
        wanted: Counter[uuid.UUID] = Counter()
        for line in self.lines:
            wanted[line.package.pk] += line.quantity
        return wanted


def load_cart(store: Store, wishes: Sequence[Wish], now: datetime) -> Cart:
    """Return the cart, read in the same number of queries for any number of lines.

    Raises InvalidFields (400) that names each line whose package or server does not exist or does not fit.
    """
    packages = _packages(store, {wish.package_id for wish in wishes})
    faults: list[FieldError] = []
    lines = []
    for index, wish in enumerate(wishes):
        package = packages.get(wish.package_id)
        if package is None:
            faults.append(FieldError(f"items[{index}].packageId", "unknown", "does not exist"))
            continue
        faults += _faults(index, wish, package)
        lines.append(_line(wish, package))
    if faults:
        raise InvalidFields(errors=tuple(faults))
    return Cart(store, tuple(lines), running_sales(store, now))


def quote(cart: Cart, coupon: Coupon | None, card: GiftCard | None) -> pricing.Priced:
    """Return what the cart costs.

    Raises CouponNotRedeemable (400) when the coupon gives nothing, OrderRefused (400) when the lines cost more
    than an amount can be.
    """
    try:
        priced = pricing.price(
            (line.priced_as for line in cart.lines),
            decimals=money.exponent(cart.store.currency),
            sales=cart.sales,
            coupon=_priced_coupon(coupon) if coupon else None,
            card=pricing.Card(card.balance, card.reach) if card else None,
        )
    except pricing.CouponRefused as refused:
        raise CouponNotRedeemable(_REFUSED[refused.code]) from None
    if priced.subtotal > money.MAX_AMOUNT:
        raise OrderRefused(f"An order cannot cost more than {money.MAX_AMOUNT}.")
    return priced


def _packages(store: Store, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Package]:
    servers: Prefetch[str] = Prefetch("servers", Server.objects.order_by("created_at", "pk"))
    commands: Prefetch[str] = Prefetch("commands", PackageCommand.objects.select_related("server"))
    rows = Package.objects.of_store(store).visible().select_related("category__parent")
    rows = rows.prefetch_related(servers, commands, "required_packages").filter(pk__in=ids)
    return {package.pk: package for package in rows}


def _faults(index: int, wish: Wish, package: Package) -> Iterable[FieldError]:
    servers = {server.pk for server in package.servers.all()}
    if wish.server_id is None:
        if package.user_server_selection_enabled and len(servers) > 1:
            yield FieldError(f"items[{index}].serverId", "required", "must be one of the package's servers")
    elif wish.server_id not in servers:
        yield FieldError(f"items[{index}].serverId", "unknown", "does not exist, or the package is not for it")
    if wish.custom_price is None:
        return
    field = f"items[{index}].customPrice"
    if not package.allow_custom_price:
        yield FieldError(field, "not_allowed", "is not allowed for this package")
    elif wish.custom_price < package.price:
        lowest = money.written(package.price, money.quantum(package.store.currency))
        yield FieldError(field, "min_value", f"must be at least {lowest}")


def _line(wish: Wish, package: Package) -> CartLine:
    servers = tuple(package.servers.all())
    chosen = next((server for server in servers if server.pk == wish.server_id), None)
    return CartLine(package, wish.quantity, (chosen,) if chosen else servers, chosen, wish.custom_price)


def _priced_coupon(coupon: Coupon) -> pricing.Coupon:
    return pricing.Coupon(
        pricing.DiscountType(coupon.discount_type),
        coupon.discount_value,
        coupon.reach,
        coupon.override_sales,
        coupon.minimum_purchase_amount,
        coupon.maximum_discount_amount,
    )
