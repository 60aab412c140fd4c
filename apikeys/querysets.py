"""Reads of keys; each begins with the account, or with the digest that a client proved to know."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import Account
    from apikeys.models import ApiKey  # noqa: F401


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Chainable reads of keys."""

    def of(self, account: "Account", product: str) -> "ApiKeyQuerySet":
        """Return the account's keys of one product, newest first."""
        return self.filter(account=account, product=product).order_by("-created_at", "-pk")

    def live(self, now: datetime | None = None) -> "ApiKeyQuerySet":
        """Return those that are neither revoked nor expired."""
        now = now or timezone.now()
        return self.filter(revoked_at__isnull=True).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
