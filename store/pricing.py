"""What an order costs. Pure: plain values in, plain values out, no database and no clock.

The order of the steps is the rule: list or custom price, the best single sale of a line, times quantity, the
coupon once over all lines, then the gift card. Amounts are Decimals in the store's currency with exactly its
decimals; inside, they are whole numbers of its smallest unit, so that shares always add up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Scope(StrEnum):
    """What a sale, coupon or gift card is good for."""

    STORE = "store"
    CATEGORIES = "categories"
    PACKAGES = "packages"


class DiscountType(StrEnum):
    """How a coupon counts."""

    PERCENTAGE = "percentage"
    FIXED = "fixed"


class CouponRefused(Exception):
    """A coupon gives nothing here. code: `minimum_purchase` or `not_applicable`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reach:
    """Which lines something covers. package_ids: None covers all packages; categories cover what is below them."""

    scope: Scope = Scope.STORE
    package_ids: frozenset[object] | None = None
    category_ids: frozenset[object] = frozenset()

    def covers(self, line: "Line") -> bool:
        """Return whether a line is meant."""
        if self.scope == Scope.PACKAGES:
            return self.package_ids is None or line.package_id in self.package_ids
        return self.scope == Scope.STORE or not self.category_ids.isdisjoint(line.category_ids)


@dataclass(frozen=True, slots=True)
class Line:
    """One package of an order. quantity: 1 or more.

    category_ids: its category and all above that. custom_price: what the player pays instead of the list price,
    at least as much.
    """

    package_id: object
    list_price: Decimal
    quantity: int = 1
    category_ids: frozenset[object] = frozenset()
    custom_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A reduction of list prices. percentage: 0 < x <= 100."""

    sale_id: object
    percentage: Decimal
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A reduction of an order. value: a percentage 0 < x <= 100, or an amount.

    A fixed amount is taken once from the store's order, or from each unit that other scopes cover.
    overrides_sales: it also counts for lines that are on sale, from the sale's price.
    """

    discount_type: DiscountType
    value: Decimal
    reach: Reach = field(default_factory=Reach)
    overrides_sales: bool = False
    minimum_purchase: Decimal | None = None
    maximum_discount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A gift card: what is left on it, and for what."""

    balance: Decimal
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its prices. unit_price: after the sale. discount: its share of the coupon. total: the rest."""

    line: Line
    unit_price: Decimal
    sale_id: object | None
    subtotal: Decimal
    discount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Priced:
    """An order with its prices. subtotal: after sales. total: after the coupon. due: after the gift card."""

    lines: tuple[PricedLine, ...]
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    card_amount: Decimal
    due: Decimal


@dataclass(slots=True)
class _Row:
    """A line while it is counted, in smallest units."""

    line: Line
    unit: int
    sale_id: object | None
    discount: int = 0

    @property
    def subtotal(self) -> int:
        return self.unit * self.line.quantity


def price(
    lines: Iterable[Line],
    *,
    decimals: int,
    sales: Collection[Sale] = (),
    coupon: Coupon | None = None,
    card: Card | None = None,
) -> Priced:
    """Return what an order costs. decimals: of the currency, 0 to 4.

    0 <= due <= total <= subtotal; the lines' shares add up to the order's.
    Raises CouponRefused, ValueError for a custom price below the list price.
    """
    rows = [_on_sale(line, sales, decimals) for line in lines]
    discount = _take_coupon(rows, coupon, decimals) if coupon else 0
    subtotal = sum(row.subtotal for row in rows)
    total = subtotal - discount
    covered = sum(row.subtotal - row.discount for row in rows if card and card.reach.covers(row.line))
    card_amount = min(_units(card.balance, decimals), covered) if card else 0
    shown = [_amount(units, decimals) for units in (subtotal, discount, total, card_amount, total - card_amount)]
    return Priced(tuple(_shown(row, decimals) for row in rows), *shown)


def best_sale(line: Line, sales: Collection[Sale]) -> Sale | None:
    """Return the one sale that counts for a line: the highest percentage, the first of equal ones."""
    return max((s for s in sales if s.reach.covers(line)), key=lambda sale: sale.percentage, default=None)


def sale_price(list_price: Decimal, percentage: Decimal, *, decimals: int) -> Decimal:
    """Return a list price after a sale, rounded half up."""
    return _amount(_reduced(list_price, percentage, decimals), decimals)


def _on_sale(line: Line, sales: Collection[Sale], decimals: int) -> _Row:
    full = line.list_price if line.custom_price is None else line.custom_price
    if full < line.list_price:
        raise ValueError("a custom price is at least the list price")
    sale = best_sale(line, sales)
    if sale is None:
        return _Row(line, _units(full, decimals), None)
    return _Row(line, _reduced(full, sale.percentage, decimals), sale.sale_id)


def _take_coupon(rows: Sequence[_Row], coupon: Coupon, decimals: int) -> int:
    """Give each row its share of the coupon and return the whole of it."""
    minimum = coupon.minimum_purchase
    if minimum is not None and sum(row.subtotal for row in rows) < _units(minimum, decimals):
        raise CouponRefused("minimum_purchase")
    eligible = [
        row
        for row in rows
        if coupon.reach.covers(row.line) and (row.sale_id is None or coupon.overrides_sales) and row.subtotal
    ]
    if not eligible:
        raise CouponRefused("not_applicable")
    wanted = [_wanted(row, coupon, decimals) for row in eligible]
    discount = _limit(sum(wanted), eligible, coupon, decimals)
    for row, share in zip(eligible, _split(discount, wanted), strict=True):
        row.discount = share
    return discount


def _wanted(row: _Row, coupon: Coupon, decimals: int) -> int:
    """Return a row's weight in the coupon: what a fixed amount by unit takes of it, else what the row costs."""
    if coupon.discount_type == DiscountType.FIXED and coupon.reach.scope != Scope.STORE:
        return min(_units(coupon.value, decimals), row.unit) * row.line.quantity
    return row.subtotal


def _limit(weight: int, eligible: Sequence[_Row], coupon: Coupon, decimals: int) -> int:
    """Return the whole discount, rounded once, under the coupon's cap and the sum that it is taken from."""
    whole = sum(row.subtotal for row in eligible)
    if coupon.discount_type == DiscountType.PERCENTAGE:
        discount = _half_up(Decimal(whole) * coupon.value / 100)
    elif coupon.reach.scope == Scope.STORE:
        discount = _units(coupon.value, decimals)
    else:
        discount = weight
    if coupon.maximum_discount is not None:
        discount = min(discount, _units(coupon.maximum_discount, decimals))
    return min(discount, whole)


def _split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split by largest remainder: whole shares that add up, none above its weight; ties go to the first."""
    whole = sum(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: -(amount * weights[n] % whole))
    for n in by_remainder[: amount - sum(shares)]:
        shares[n] += 1
    return shares


def _shown(row: _Row, decimals: int) -> PricedLine:
    amounts = (row.subtotal, row.discount, row.subtotal - row.discount)
    return PricedLine(
        row.line, _amount(row.unit, decimals), row.sale_id, *(_amount(units, decimals) for units in amounts)
    )


def _reduced(amount: Decimal, percentage: Decimal, decimals: int) -> int:
    return _half_up(amount.scaleb(decimals) * (100 - percentage) / 100)


def _units(amount: Decimal, decimals: int) -> int:
    units = amount.scaleb(decimals)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} has more than {decimals} decimals")
    return int(units)


def _half_up(units: Decimal) -> int:
    return int(units.quantize(Decimal(1), ROUND_HALF_UP))


def _amount(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals)
