"""What has to be done now and then."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from cloud.models import Arrival, Cutoff, LoginPhrase, Session

ROWS = 5_000


def tidy() -> None:
    """Remove what is over, some rows at a time; safe to run twice at the same time."""
    now = timezone.now()
    for model in (LoginPhrase, Arrival, Session):
        while _remove(model._default_manager.filter(expires_at__lte=now)):
            pass
    Cutoff.objects.filter(at__lte=now - _longest_window()).delete()


def _remove(rows: models.QuerySet[models.Model]) -> int:
    """Delete some of the rows; return how many."""
    some = rows.order_by().values("pk")[:ROWS]
    return rows.model._default_manager.filter(pk__in=list(some.values_list("pk", flat=True))).delete()[0]


def _longest_window() -> timedelta:
    return timedelta(seconds=max(settings.CLOUD.user_window_seconds, settings.CLOUD.owner_window_seconds))
