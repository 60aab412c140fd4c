"""What is removed with time. Sums and totals stay for ever; each function is safe to run twice at once."""

from datetime import datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from links.models import Click, ClickSegment, LinkChange

# Twelve months, whichever they are: never less than promised.
KEEP_CLICKS = timedelta(days=366)
KEEP_CHANGES = timedelta(minutes=10)
KEEP_SEGMENTS = timedelta(days=30)
CHUNK = 10_000
# Clicks get their primary keys when they are delivered, so these follow time but for the delay of a delivery.
MAX_DISORDER = timedelta(days=2)


def remove_old_clicks(now: datetime | None = None) -> int:
    """Delete clicks older than twelve months, in short transactions of their own; return how many.

    Primary keys are followed up to the first 10,000 clicks that are all two days too young. An old click that
    was delivered later than that is removed once the clicks around it are old as well.
    """
    limit = (now or timezone.now()) - KEEP_CLICKS
    removed, last = 0, 0
    while True:
        chunk = Click.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]
        found = chunk.aggregate(oldest=Min("clicked_at"), end=Max("pk"))
        if found["end"] is None or found["oldest"] >= limit + MAX_DISORDER:
            return removed
        removed += Click.objects.filter(pk__gt=last, pk__lte=found["end"], clicked_at__lt=limit).delete()[0]
        last = found["end"]


def remove_old_changes(now: datetime | None = None) -> int:
    """Delete changes that every web worker has read long ago, those older than ten minutes; return how many."""
    return LinkChange.objects.filter(changed_at__lt=(now or timezone.now()) - KEEP_CHANGES).delete()[0]


def remove_old_segments(now: datetime | None = None) -> int:
    """Delete the offsets of spool files that nobody has moved for 30 days; return how many.

    The files themselves go a day after their delivery. One that came back later would be delivered again.
    """
    return ClickSegment.objects.filter(updated_at__lt=(now or timezone.now()) - KEEP_SEGMENTS).delete()[0]
