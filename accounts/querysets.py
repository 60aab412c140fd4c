"""Reads of accounts; each begins with the person."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from accounts.models import Account, User  # noqa: F401


class AccountQuerySet(models.QuerySet["Account"]):
    """Chainable reads of accounts."""

    def of_user(self, user: "User") -> "AccountQuerySet":
        """Return the open accounts that the person is a member of, oldest first."""
        return self.filter(memberships__user=user, closed_at__isnull=True).order_by("pk")
