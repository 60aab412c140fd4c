"""What time does to what was bought. Each row has a transaction of its own; one that is held waits its turn."""

from collections.abc import Callable
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from store.errors import StoreBusy
from store.models import OrderItem, Subscription
from store.services import expiries, renewals

# Rows of one kind in one run, so that a run ends before the next begins.
MOST = 500
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


def _each(rows: QuerySet[Any], act: Callable[[Any], bool]) -> int:
    done = 0
    for row in rows[:MOST]:
        try:
            done += act(row)
        except StoreBusy:
            log.warning("row_was_held", table=row._meta.label_lower, row_id=str(row.pk))
    return done
