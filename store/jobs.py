"""What time does to what was bought. Each row has a transaction of its own; one that is held waits its turn."""

from collections.abc import Callable
from typing import Any

import structlog
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from store.errors import StoreBusy
from store.models import OrderItem, SalesBook, SalesEntry, Store, Subscription
from store.services import expiries, renewals, sums

# Rows of one kind in one run, so that a run ends before the next begins.
MOST = 500
# Of one store in one run.
ROUNDS = 20
log = structlog.get_logger(__name__)


def move_subscriptions_on() -> int:
    """Renew or end the manual subscriptions whose period is over, by one period; return how many."""
    now = timezone.now()
    return _each(Subscription.objects.due(now), lambda row: renewals.move_on(subscription=row, now=now))


def end_timed_packages() -> int:
    """End the timed packages whose time is over; return how many."""
    now = timezone.now()
    rows = OrderItem.objects.due(now).select_related("order")
    return _each(rows, lambda row: expiries.end_item(item=row, now=now))


def keep_sums() -> int:
    """Add what was sold since the last time to the sums of the stores; return how many changes of orders.

    The sums of a store that has none, or whose time zone was changed, are made from its orders.
    """
    current = SalesBook.objects.filter(store=OuterRef("pk"), timezone=OuterRef("timezone"))
    for store in Store.objects.exclude(Exists(current)):
        sums.rebuild(store)
    folded = 0
    for store in Store.objects.filter(pk__in=SalesEntry.objects.order_by().values("store").distinct()):
        for _ in range(ROUNDS):
            count = sums.fold(store)
            folded += count
            if count < sums.MOST:
                break
    return folded


def _each(rows: QuerySet[Any], act: Callable[[Any], bool]) -> int:
    done = 0
    for row in rows[:MOST]:
        try:
            done += act(row)
        except StoreBusy:
            log.warning("row_was_held", table=row._meta.label_lower, row_id=str(row.pk))
    return done
