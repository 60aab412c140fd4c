"""Subscriptions move on: manual ones renew or end with their period, and anybody's can be cancelled."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from store.errors import SubscriptionHasEnded
from store.models import (
    CommandType,
    Customer,
    Interval,
    Order,
    OrderItem,
    OrderStatus,
    PaymentProvider,
    Store,
    Subscription,
    SubscriptionStatus,
)
from store.services import customers, fulfilment, locking, sums
from store.services.subscriptions import ENDED, period_end


def move_on(*, subscription: Subscription, now: datetime) -> bool:
    """Begin the next period of a subscription, or end it; return False when somebody else has done so.

    The next period is an order of its own, at the price that the subscription was sold for before sale and coupon;
    it takes no stock. A subscription ends when it was cancelled, or when its package is not sold as one any more.
    """
    with locking.exclusive():
        customer = locking.lock_customer_of(subscription)
        row = locking.lock_subscription(subscription)
        if row.status != SubscriptionStatus.ACTIVE or row.current_period_end > now:
            return False
        package = row.package
        if row.cancel_at_period_end:
            _end(row, SubscriptionStatus.CANCELLED, now)
        elif package.hidden_at is not None or not package.is_subscription:
            _end(row, SubscriptionStatus.EXPIRED, now)
        else:
            _renew(row, customer, now)
    return True


def cancel_subscription(
    *,
    subscription: Subscription,
    store: Store,
    at_period_end: bool = True,
    key: ApiKey | None = None,
    user: User | None = None,
) -> Subscription:
    """Let a subscription end with its period, or at once. at_period_end=False runs its expiry commands now.

    Raises SubscriptionHasEnded (400) and StoreBusy (503).
    """
    with locking.exclusive():
        locking.lock_customer_of(subscription)
        row = locking.lock_subscription(subscription)
        if row.status in ENDED:
            raise SubscriptionHasEnded
        if at_period_end:
            row.cancel_at_period_end, row.updated_at = True, timezone.now()
            row.save(force_update=True, update_fields=["cancel_at_period_end", "updated_at"])
        else:
            _end(row, SubscriptionStatus.CANCELLED, timezone.now())
        data = {"at_period_end": at_period_end}
        record("subscription.cancelled", target=row, account_id=store.account_id, user=user, key=key, data=data)
    return row


def _renew(row: Subscription, customer: Customer, now: datetime) -> None:
    item = _pay(row, customer, now)
    row.item, row.periods, row.updated_at = item, row.periods + 1, now
    unit, count = row.package.interval or Interval.MONTH, row.package.interval_count or 1
    row.current_period_end = period_end(row.anchor_at, unit, count, row.periods)
    row.save(force_update=True, update_fields=["item", "periods", "current_period_end", "updated_at"])
    fulfilment.record_commands(item.order, [item], CommandType.RENEWAL)
    record("subscription.renewed", target=row, account_id=row.store.account_id, data={"order": str(item.order_id)})


def _pay(row: Subscription, customer: Customer, now: datetime) -> OrderItem:
    """Write the paid order of the next period and return its only line."""
    before = row.item
    total = before.list_price * before.quantity
    order = Order.objects.create(
        store=row.store,
        customer=customer,
        player_username=customer.player_username,
        player_uuid=customer.player_uuid,
        email=before.order.email,
        status=OrderStatus.PAID,
        payment_provider=PaymentProvider.MANUAL,
        payment_currency=row.store.currency,
        subtotal=total,
        total_amount=total,
        ignores_limits=True,
        paid_at=now,
        created_at=now,
        updated_at=now,
    )
    item = OrderItem.objects.create(
        order=order,
        package=row.package,
        package_name=row.package.name,
        quantity=before.quantity,
        list_price=before.list_price,
        price_at_purchase=before.list_price,
        total=total,
        server=before.server,
        counts=False,
        position=0,
    )
    customers.count_purchase(customer, order, now)
    sums.book(order, orders=1, revenue=total)
    data = {"total": str(total), "renews": str(row.pk)}
    record("order.created", target=order, account_id=row.store.account_id, data=data)
    return item


def _end(row: Subscription, status: SubscriptionStatus, now: datetime) -> None:
    row.status, row.updated_at = status, now
    row.save(force_update=True, update_fields=["status", "updated_at"])
    fulfilment.record_commands(row.item.order, [row.item], CommandType.EXPIRY)
    record("subscription.ended", target=row, account_id=row.store.account_id, data={"status": status})
