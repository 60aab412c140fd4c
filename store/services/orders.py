"""Making and cancelling orders. What is sold is checked and taken in the transaction that writes the order."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from store import pricing
from store.errors import GiftCardNotRedeemable, OrderIsNot, PlayerBanned, field_fault
from store.models import (
    Ban,
    Coupon,
    Customer,
    GiftCard,
    Order,
    OrderItem,
    OrderStatus,
    PaymentProvider,
    Store,
)
from store.players import player_key
from store.services import cards, coupons, customers, expiries, fulfilment, locking, stock, sums
from store.services.carts import Cart, Wish, load_cart, quote


class OrderFields(TypedDict, total=False):
    """What an order may be given; player_username and items are needed.

    ignore_limits: look past stock, limits, requirements and whether a package is on sale, and take no stock.
    """

    player_username: str
    player_uuid: str | None
    email: str | None
    items: list[Wish]
    coupon_code: str | None
    gift_card_code: str | None
    ignore_limits: bool
    ignore_ban: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that is priced and not written; its `lines` are those of the cart."""

    order: Order
    cart: Cart
    coupon: Coupon | None
    card: GiftCard | None


def create_order(
    *, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[OrderFields]
) -> Order:
    """Make a manual order: paid and fulfilled at once, priced like any other.

    Raises InvalidFields, PlayerBanned, OrderRefused, CouponNotRedeemable and GiftCardNotRedeemable (400), and
    StoreBusy (503), each with nothing written.
    """
    now = timezone.now()
    with locking.exclusive():
        customer = locking.lock_customer(store, fields["player_username"], fields.get("player_uuid"))
        draft = _draft(store, customer, fields, now, locks=True)
        uses = _check_limits(draft, customer, now)
        # Before the order points at it: who deletes a coupon waits here, and not in a circle.
        if draft.coupon:
            coupons.take(draft.coupon, customer.player_key)
        draft.order.save(force_insert=True)
        OrderItem.objects.bulk_create(draft.order.lines)
        if draft.card:
            cards.redeem(draft.card, draft.order.gift_card_amount, draft.order)
        fulfilment.fulfil(draft.order, draft.cart)
        customers.count_purchase(customer, draft.order, now)
        sums.book(draft.order, orders=1, revenue=draft.order.total_amount)
        data = {"total": str(draft.order.total_amount), "ignores_limits": draft.order.ignores_limits}
        record("order.created", target=draft.order, account_id=store.account_id, user=user, key=key, data=data)
        # All players want the packages at once: they are locked last, for the shortest time.
        stock.take_stock(draft.cart, customer, now, uses)
    return draft.order


def simulate_order(*, store: Store, **fields: Unpack[OrderFields]) -> Order:
    """Return what `create_order` would make, without ids and times, or refuse as it would.

    Nothing is written and nothing is locked: between the two somebody else may take the last unit.
    """
    now = timezone.now()
    key = player_key(fields["player_username"])
    known = Customer.objects.of_store(store).filter(player_key=key).first()
    customer = known or Customer(store=store, player_key=key)
    draft = _draft(store, customer, fields, now, locks=False)
    _check_limits(draft, customer, now)
    if draft.coupon:
        coupons.check(draft.coupon, customer.player_key)
    order: Any = draft.order
    for row in (order, *draft.order.lines):
        row.pk = None
    order.created_at = order.updated_at = None
    return draft.order


def cancel_order(*, order: Order, store: Store, key: ApiKey | None = None, user: User | None = None) -> Order:
    """Cancel an order that was not paid: stock, coupon and gift card are as if it had never been.

    Raises OrderIsNot (400) for one that is not pending, NotFound (404), StoreBusy (503).
    """
    with locking.exclusive():
        locked = locking.lock_order(store, order)
        if locked.status != OrderStatus.PENDING:
            raise OrderIsNot("Only a pending order can be cancelled; a paid one can be refunded.")
        customer = locking.lock_customer_of(locked)
        if locked.gift_card:
            cards.give_back(locked.gift_card, locked.gift_card_amount, locked)
        if locked.coupon:
            coupons.put_back(locked.coupon, customer.player_key)
        stock.release_stock(locked.items.all(), customer)
        locked.status, locked.updated_at = OrderStatus.CANCELLED, timezone.now()
        locked.save(force_update=True, update_fields=["status", "updated_at"])
        record("order.cancelled", target=locked, account_id=store.account_id, user=user, key=key)
    return locked


def _draft(
    store: Store,
    customer: Customer,
    fields: OrderFields,
    now: datetime,
    *,
    locks: bool,
) -> Draft:
    """Find everything that the order names, and price it. locks: hold the gift card still."""
    username, player_uuid = fields["player_username"], fields.get("player_uuid")
    if not fields.get("ignore_ban"):
        _refuse_banned(store, customer.player_key, player_uuid, now)
    cart = load_cart(store, fields["items"], now)
    coupon = _coupon(store, fields.get("coupon_code"))
    card = _card(store, fields.get("gift_card_code"), now, locks=locks)
    priced = quote(cart, coupon, card)
    if card is not None and not priced.card_amount:
        if priced.total:
            raise GiftCardNotRedeemable("This gift card covers nothing in this order.")
        card = None
    order = Order(
        store=store,
        customer=customer,
        player_username=username,
        player_uuid=player_uuid,
        email=fields.get("email"),
        status=OrderStatus.PAID,
        payment_provider=PaymentProvider.MANUAL,
        payment_currency=store.currency,
        subtotal=priced.subtotal,
        total_amount=priced.total,
        coupon=coupon,
        coupon_discount_amount=priced.discount,
        gift_card=card,
        gift_card_amount=priced.card_amount,
        ignores_limits=fields.get("ignore_limits", False),
        paid_at=now,
        created_at=now,
        updated_at=now,
    )
    order.lines = _items(order, cart, priced, now)
    return Draft(order, cart, coupon, card)


def _check_limits(draft: Draft, customer: Customer, now: datetime) -> stock.Units | None:
    """Refuse early what cannot be had; the stock may still be gone when it is taken.

    Return what the player has of the packages, None when limits are ignored.
    """
    if draft.order.ignores_limits:
        return None
    stock.check_packages(draft.cart, {line.package.pk: line.package for line in draft.cart.lines}, now)
    uses = stock.uses_of(draft.cart.wanted(), customer)
    stock.check_player(draft.cart, customer, uses)
    return uses


def _refuse_banned(store: Store, key: str, player_uuid: str | None, now: datetime) -> None:
    if Ban.objects.of_store(store).in_effect(now).against(key, player_uuid).exists():
        raise PlayerBanned


def _coupon(store: Store, code: str | None) -> Coupon | None:
    if code is None:
        return None
    coupon = coupons.find_coupon(store, code)
    if coupon is None:
        raise field_fault("couponCode", "unknown", "does not exist")
    return coupon


def _card(store: Store, code: str | None, now: datetime, *, locks: bool) -> GiftCard | None:
    if code is None:
        return None
    card = cards.find_card(store, code, locks=locks)
    if card is None:
        raise field_fault("giftCardCode", "unknown", "does not exist")
    cards.check(card, now)
    return card


def _items(order: Order, cart: Cart, priced: pricing.Priced, now: datetime) -> list[OrderItem]:
    until = expiries.running_until(cart, order.customer, now)
    return [
        OrderItem(
            order=order,
            package=line.package,
            package_name=line.package.name,
            quantity=line.quantity,
            list_price=line.package.price if line.custom_price is None else line.custom_price,
            price_at_purchase=row.unit_price,
            sale_id=cast("uuid.UUID | None", row.sale_id),
            discount=row.discount,
            total=row.total,
            server=line.chosen_server,
            counts=not order.ignores_limits,
            expires_at=expiries.ends_at(line.package, line.quantity, until.get(line.package.pk, now)),
            position=position,
        )
        for position, (line, row) in enumerate(zip(cart.lines, priced.lines, strict=True))
    ]
