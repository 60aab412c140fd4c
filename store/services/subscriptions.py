"""Subscriptions: orders begin them, time moves them on."""

import uuid
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from store.models import Interval, Order, OrderItem, Package, Subscription, SubscriptionStatus

_UNITS = {Interval.DAY: "days", Interval.WEEK: "weeks", Interval.MONTH: "months", Interval.YEAR: "years"}

ENDED = (SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED)


def period_end(anchor: datetime, interval: str, interval_count: int, periods: int) -> datetime:
    """Return the end of the `periods`-th period, counted from the anchor: 31 January, 28 February, 31 March."""
    return anchor + relativedelta(**{_UNITS[Interval(interval)]: interval_count * periods})  # type: ignore[arg-type]


def begin(order: Order) -> None:
    """Begin a subscription for each line whose package renews.

    The first period runs from the payment, or from the end of the trial, which a player has once for each package.
    The caller has locked the customer.
    """
    paid_at = order.paid_at or timezone.now()
    items = [item for item in order.lines if item.package.is_subscription]
    tried = _had_before(order, [item.package for item in items if item.package.trial_days])
    rows = []
    for item in items:
        has_trial = item.package_id not in tried
        rows.append(_new(order, item, paid_at + timedelta(days=(item.package.trial_days or 0) * has_trial)))
        tried.add(item.package_id)
    if rows:
        Subscription.objects.bulk_create(rows)


def end_with(order: Order) -> None:
    """End the subscriptions of an order that was undone, at once."""
    running = Subscription.objects.filter(item__order=order).exclude(status__in=ENDED)
    running.update(status=SubscriptionStatus.CANCELLED, updated_at=timezone.now())


def _had_before(order: Order, packages: list[Package]) -> set[uuid.UUID]:
    """Return those of the packages that the customer has subscribed to before."""
    if not packages:
        return set()
    rows = Subscription.objects.filter(customer=order.customer, package__in=packages)
    return set(rows.values_list("package_id", flat=True))


def _new(order: Order, item: OrderItem, anchor: datetime) -> Subscription:
    package = item.package
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
