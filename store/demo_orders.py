"""What the demo store sold in a year, written in bulk: the services would take minutes for as many orders.

The rows are those that the services would have left: counts, sums and stock agree with the orders.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from store import money, pricing
from store.models import (
    Coupon,
    CouponUse,
    Customer,
    Interval,
    Order,
    OrderItem,
    OrderStatus,
    Package,
    PackageUse,
    PaymentProvider,
    Refund,
    Store,
    Subscription,
    SubscriptionStatus,
)
from store.players import player_key
from store.pricing import DiscountType
from store.services import sums
from store.services.expiries import ends_at
from store.services.subscriptions import period_end

ORDERS, CUSTOMERS, DAYS = 5_000, 600, 365
_FIRST = (
    "Amber", "Blocky", "Crafty", "Dusty", "Ender", "Frosty", "Golden", "Happy", "Iron", "Jolly", "Lava", "Mossy",
)  # fmt: skip
_SECOND = (
    "Axolotl", "Badger", "Creeper", "Dolphin", "Fox", "Golem", "Heron", "Llama", "Otter", "Panda", "Raven", "Wolf",
)  # fmt: skip
_STATUSES = {
    OrderStatus.PAID: 960,
    OrderStatus.REFUNDED: 22,
    OrderStatus.CHARGEBACK: 4,
    OrderStatus.CANCELLED: 12,
    OrderStatus.PENDING: 2,
}
_PROVIDERS = {PaymentProvider.STRIPE: 6, PaymentProvider.PAYPAL: 3, PaymentProvider.MANUAL: 1}
_UNPAID = {OrderStatus.CANCELLED, OrderStatus.PENDING}
# The coupon that some of the orders took.
COUPON = "WELCOME10"


@dataclass(slots=True)
class _Books:
    """Everything that is written at the end. uses: units by package and player."""

    orders: list[Order] = field(default_factory=list)
    items: list[OrderItem] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    uses: Counter[tuple[Package, str]] = field(default_factory=Counter)
    coupon_uses: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def load_orders(store: Store) -> None:
    """Give the demo store a year of orders, the same ones each time but for the hour."""
    # Not for secrets: the demo looks alike everywhere.
    chance = random.Random(7)  # noqa: S311
    now = timezone.now()
    customers = _customers(store, chance)
    packages = list(Package.objects.visible_in(store).filter(is_active=True, per_user_limit=None))
    coupon = Coupon.objects.of_store(store).get(code=COUPON)
    books = _Books()
    for at in _moments(chance, now):
        # The first names of the list come back often, the last ones once.
        customer = customers[int(len(customers) * chance.random() ** 2)]
        _sell(books, store, customer, packages, coupon if chance.random() < 0.08 else None, at, now, chance)
    _write(books, customers, coupon)
    sums.rebuild(store)


def _customers(store: Store, chance: random.Random) -> list[Customer]:
    names = {f"{chance.choice(_FIRST)}{chance.choice(_SECOND)}{chance.randint(1, 99)}" for _ in range(CUSTOMERS)}
    return [Customer(store=store, player_key=player_key(name), player_username=name) for name in sorted(names)]


def _moments(chance: random.Random, now: datetime) -> Iterator[datetime]:
    """Yield the moments of the orders, the oldest first; the store grows, so the last months have more."""
    ages = sorted((DAYS * chance.random() ** 1.4 for _ in range(ORDERS)), reverse=True)
    yield from (now - timedelta(days=age, seconds=1) for age in ages)


def _sell(
    books: _Books,
    store: Store,
    customer: Customer,
    packages: list[Package],
    coupon: Coupon | None,
    at: datetime,
    now: datetime,
    chance: random.Random,
) -> None:
    chosen = chance.sample(packages, chance.choice((1, 1, 1, 2, 2, 3)))
    lines = [pricing.Line(package.pk, package.price, chance.choice((1, 1, 1, 1, 2))) for package in chosen]
    reduced = pricing.Coupon(DiscountType.PERCENTAGE, coupon.discount_value) if coupon else None
    priced = pricing.price(lines, decimals=money.exponent(store.currency), coupon=reduced)
    status = chance.choices(list(_STATUSES), list(_STATUSES.values()))[0]
    order = _order(store, customer, coupon, priced, status, at, chance)
    books.orders.append(order)
    items = [
        _item(order, package, row, place)
        for place, (package, row) in enumerate(zip(chosen, priced.lines, strict=True))
    ]
    books.items += items
    if coupon and status != OrderStatus.CANCELLED:
        books.coupon_uses[customer.player_key] += 1
    if status == OrderStatus.REFUNDED:
        note = "Bought by mistake."
        books.refunds.append(Refund(order=order, amount=priced.total, reason=note, created_at=order.updated_at))
    for package, item in zip(chosen, items, strict=True):
        if package.is_subscription and status not in _UNPAID:
            books.subscriptions.append(_subscription(order, item, package, now, chance))
        if status in {OrderStatus.PAID, OrderStatus.PENDING}:
            books.uses[package, customer.player_key] += item.quantity
        if item.expires_at and item.expires_at <= now:
            item.ended_at = item.expires_at
    if status == OrderStatus.PAID:
        customer.total_spent += priced.total
        customer.orders_count += 1
    customer.last_purchase_at = at
    customer.created_at = min(customer.created_at, at)


def _order(
    store: Store,
    customer: Customer,
    coupon: Coupon | None,
    priced: pricing.Priced,
    status: OrderStatus,
    at: datetime,
    chance: random.Random,
) -> Order:
    provider = chance.choices(list(_PROVIDERS), list(_PROVIDERS.values()))[0]
    is_manual = provider == PaymentProvider.MANUAL
    return Order(
        store=store,
        customer=customer,
        player_username=customer.player_username,
        email=f"{customer.player_key}@players.example",
        status=status,
        payment_provider=provider,
        payment_currency=store.currency,
        transaction_id=None if is_manual or status in _UNPAID else f"demo_{chance.getrandbits(64):016x}",
        subtotal=priced.subtotal,
        total_amount=priced.total,
        coupon=coupon,
        coupon_discount_amount=priced.discount,
        refunded_amount=priced.total if status == OrderStatus.REFUNDED else Decimal(0),
        paid_at=None if status in _UNPAID else at,
        created_at=at,
        updated_at=at,
    )


def _item(order: Order, package: Package, row: pricing.PricedLine, place: int) -> OrderItem:
    return OrderItem(
        order=order,
        package=package,
        package_name=package.name,
        quantity=row.line.quantity,
        list_price=package.price,
        price_at_purchase=row.unit_price,
        discount=row.discount,
        total=row.total,
        expires_at=ends_at(package, row.line.quantity, order.paid_at) if order.paid_at else None,
        position=place,
    )


def _subscription(
    order: Order, item: OrderItem, package: Package, now: datetime, chance: random.Random
) -> Subscription:
    """Return what became of a subscription: some go on, the others ended after some periods."""
    unit, count, anchor = package.interval or Interval.MONTH, package.interval_count or 1, order.created_at
    goes_on = order.status == OrderStatus.PAID and chance.random() < 0.6
    periods, most = 1, 100 if goes_on else chance.randint(1, 4)
    while periods < most and period_end(anchor, unit, count, periods) <= now:
        periods += 1
    end = period_end(anchor, unit, count, periods)
    return Subscription(
        store=order.store,
        customer=order.customer,
        package=package,
        item=item,
        status=SubscriptionStatus.ACTIVE if goes_on else SubscriptionStatus.CANCELLED,
        anchor_at=anchor,
        periods=periods,
        current_period_end=end,
        created_at=anchor,
        updated_at=min(end, now),
    )


def _write(books: _Books, customers: list[Customer], coupon: Coupon) -> None:
    buyers = {order.customer.player_key for order in books.orders}
    Customer.objects.bulk_create([row for row in customers if row.player_key in buyers])
    Order.objects.bulk_create(books.orders, batch_size=1_000)
    OrderItem.objects.bulk_create(books.items, batch_size=1_000)
    Refund.objects.bulk_create(books.refunds)
    Subscription.objects.bulk_create(books.subscriptions)
    sold: Counter[Package] = Counter()
    for (package, _), units in books.uses.items():
        sold[package] += units
    for package, units in sold.items():
        package.sold = units
    Package.objects.bulk_update(sold, ["sold"])
    PackageUse.objects.bulk_create(
        PackageUse(package=package, player_key=key, quantity=units) for (package, key), units in books.uses.items()
    )
    CouponUse.objects.bulk_create(
        CouponUse(coupon=coupon, player_key=key, uses=uses) for key, uses in books.coupon_uses.items()
    )
    Coupon.objects.filter(pk=coupon.pk).update(uses=books.coupon_uses.total())
