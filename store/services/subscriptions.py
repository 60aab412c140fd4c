"""Subscriptions: orders begin them, time moves them on."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from store.models import Interval, Order, OrderItem, Package, Subscription, SubscriptionStatus

_UNITS = {Interval.DAY: "days", Interval.WEEK: "weeks", Interval.MONTH: "months", Interval.YEAR: "years"}

ENDED = (SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED)


def period_end(anchor: datetime, interval: str, interval_count: int, periods: int) -> datetime:
    """Return the end of the `periods`-th period, counted from the anchor: 31 January, 28 February, 31 March."""
    return anchor + relativedelta(**{_UNITS[Interval(interval)]: interval_count * periods})  # type: ignore[arg-type]


def begin(order: Order) -> None:
    """Begin a subscription for each line whose package renews; the first period runs from the payment."""
    anchor = order.paid_at or timezone.now()
    rows = [_new(order, item, item.package, anchor) for item in order.lines if item.package.is_subscription]
    if rows:
        Subscription.objects.bulk_create(rows)


def end_with(order: Order) -> None:
    """End the subscriptions of an order that was undone, at once."""
    running = Subscription.objects.filter(item__order=order).exclude(status__in=ENDED)
    running.update(status=SubscriptionStatus.CANCELLED, updated_at=timezone.now())


def _new(order: Order, item: OrderItem, package: Package, anchor: datetime) -> Subscription:
    interval, count = package.interval or Interval.MONTH, package.interval_count or 1
    return Subscription(
        store=order.store,
        customer=order.customer,
        package=package,
        item=item,
        status=SubscriptionStatus.ACTIVE,
        anchor_at=anchor,
        current_period_end=period_end(anchor, interval, count, 1),
    )
