"""Money that goes back: refunds, whole and in parts, and payments that the bank took back."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from store import money
from store.errors import OrderIsNot, field_fault
from store.models import CommandType, Customer, GiftCard, Order, OrderStatus, Refund, Store
from store.services import bans, cards, customers, fulfilment, locking, stock, subscriptions, sums


def refund_order(
    *,
    order: Order,
    store: Store,
    reason: str,
    amount: Decimal | None = None,
    so_far: Decimal | None = None,
    key: ApiKey | None = None,
    user: User | None = None,
) -> Order:
    """Give money of a paid order back, first to its gift card; None is all that is left.

    so_far: what had gone back when somebody decided this; when more has by now, the refund is refused, so that a
    form that is sent twice gives back once. None asks for nothing.
    Once everything is back the order is refunded: its units return to the stock, its subscriptions end and the
    packages' refund commands are recorded. The use of a coupon is kept.
    Raises OrderIsNot (400) for an order that is not paid, InvalidFields (400) for more than is left, and
    StoreBusy (503).
    """
    with locking.exclusive():
        locked = _lock_paid(store, order, "refunded")
        if so_far is not None and locked.refunded_amount != so_far:
            raise OrderIsNot("Money went back in the meantime. Look at what is left, then try again.")
        customer = locking.lock_customer_of(locked)
        left = locked.total_amount - locked.refunded_amount
        back = left if amount is None else amount
        if back > left:
            most = money.written(left, money.quantum(store.currency))
            raise field_fault("amount", "max_value", f"is more than the {most} that are left of this order")
        is_whole = back == left
        to_card = min(back, locked.gift_card_amount - locked.refunded_to_card)
        _write(locked, back, to_card, reason, is_whole=is_whole)
        if locked.gift_card:
            cards.give_back(locked.gift_card, to_card, locked)
        customers.count_back(customer, back, is_whole=is_whole)
        sums.book(locked, orders=-1 if is_whole else 0, revenue=-back, refunded=back)
        if is_whole:
            _undo(locked, customer, CommandType.REFUND)
        data = {"amount": str(back), "to_card": str(to_card), "is_whole": is_whole}
        record("order.refunded", target=locked, account_id=store.account_id, user=user, key=key, data=data)
    return locked


def charge_back_order(*, order: Order, store: Store, key: ApiKey | None = None, user: User | None = None) -> Order:
    """Book that the payment of an order was taken back.

    Gift cards that it bought stop paying, and the player is banned if the store says so. Its own gift card gets
    nothing back: that is for the staff to decide.
    Raises OrderIsNot (400) for an order that is not paid, StoreBusy (503).
    """
    with locking.exclusive():
        locked = _lock_paid(store, order, "charged back")
        customer = locking.lock_customer_of(locked)
        locked.status, locked.updated_at = OrderStatus.CHARGEBACK, timezone.now()
        locked.save(force_update=True, update_fields=["status", "updated_at"])
        cards.freeze(GiftCard.objects.of_store(store).filter(bought_with=locked).select_related("store"))
        left = locked.total_amount - locked.refunded_amount
        customers.count_back(customer, left, is_whole=True)
        sums.book(locked, orders=-1, revenue=-left)
        _undo(locked, customer, CommandType.CHARGEBACK)
        if store.bans_on_chargeback:
            bans.create_ban(
                store=store,
                key=key,
                user=user,
                reason=f"Chargeback of order {locked.pk}",
                player_username=locked.player_username,
                player_uuid=locked.player_uuid,
            )
        record("order.charged_back", target=locked, account_id=store.account_id, user=user, key=key)
    return locked


def _lock_paid(store: Store, order: Order, done: str) -> Order:
    locked = locking.lock_order(store, order)
    if locked.status != OrderStatus.PAID:
        raise OrderIsNot(f"Only a paid order can be {done}; this one is {locked.status.lower()}.")
    return locked


def _write(order: Order, back: Decimal, to_card: Decimal, reason: str, *, is_whole: bool) -> None:
    # An order that cost nothing has no money to give back; it can be undone all the same.
    if back:
        Refund.objects.create(order=order, amount=back, to_card=to_card, reason=reason)
    order.refunded_amount += back
    order.refunded_to_card += to_card
    order.status = OrderStatus.REFUNDED if is_whole else order.status
    order.updated_at = timezone.now()
    changed = ["refunded_amount", "refunded_to_card", "status", "updated_at"]
    order.save(force_update=True, update_fields=changed)


def _undo(order: Order, customer: Customer, kind: CommandType) -> None:
    """Take back what the order gave: subscriptions, stock and, by commands, what the player got."""
    items = list(order.items.select_related("server"))
    subscriptions.end_with(order)
    stock.release_stock(items, customer)
    fulfilment.record_commands(order, items, kind)
