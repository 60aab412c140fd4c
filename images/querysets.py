"""Reads of results, by the id that a signed link names, and of jobs; both by age, too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from accounts.models import Account

if TYPE_CHECKING:
    from images.models import Job, Result  # noqa: F401

# Composed once: each image asks this, and the ORM takes longer to build it than the database to answer.
_ANSWERING = """
SELECT * FROM images_result
WHERE account_id = %s AND request_digest = %s AND NOT (request_digest = '') AND expires_at > %s
ORDER BY created_at DESC LIMIT 1
"""


class ResultQuerySet(models.QuerySet["Result"]):
    """Chainable reads of results."""

    def of(self, account: Account) -> Self:
        """Return the account's results."""
        return self.filter(account=account)

    def live(self) -> Self:
        """Return those that may still be fetched."""
        return self.filter(account__isnull=False, expires_at__gt=timezone.now())

    def beside(self, result: Result) -> Self:
        """Return the live results of the same account and session, the oldest first."""
        same = self.live().filter(account_id=result.account_id, session_id=result.session_id)
        return same.order_by("created_at", "pk")

    def answering(self, account: Account, digest: str) -> Result | None:
        """Return the account's newest live result that was made for an equal request; None without one."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        return next(iter(self.raw(_ANSWERING, (account.pk, digest, now))), None)

    def behind(self, result_id: UUID) -> Self:
        """Return the result that a genuine link names, unless its time is over or its account is gone."""
        return self.live().filter(pk=result_id)

    def expired(self, now: datetime | None = None) -> Self:
        """Return those whose files are to be deleted, the oldest first."""
        return self.filter(expires_at__lte=now or timezone.now()).order_by("expires_at", "pk")


class JobQuerySet(models.QuerySet["Job"]):
    """Chainable reads of jobs."""

    def of(self, account: Account) -> Self:
        """Return the account's jobs."""
        return self.filter(account=account)

    def live(self) -> Self:
        """Return those that are open, or whose results may still be fetched."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))

    def open(self) -> Self:
        """Return those that are not over."""
        return self.filter(finished_at=None)

    def abandoned(self) -> Self:
        """Return open ones that no worker holds any more."""
        return self.open().filter(leased_until__lte=timezone.now())
