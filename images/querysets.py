"""Reads of results: by the id that a signed link names, and by age."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from images.models import Result  # noqa: F401


class ResultQuerySet(models.QuerySet["Result"]):
    """Chainable reads of results."""

    def behind(self, result_id: UUID) -> Self:
        """Return the result that a genuine link names, unless its time is over or its account is gone."""
        return self.filter(pk=result_id, account__isnull=False, expires_at__gt=timezone.now())

    def expired(self, now: datetime | None = None) -> Self:
        """Return those whose files are to be deleted, the oldest first."""
        return self.filter(expires_at__lte=now or timezone.now()).order_by("expires_at", "pk")
