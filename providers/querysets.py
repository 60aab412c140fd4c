"""Reads of listings. Public ones begin with `live`, a provider's own with its account or its key."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from accounts.models import Account
    from apikeys.models import ApiKey
    from providers.models import Provider  # noqa: F401


class ProviderQuerySet(models.QuerySet["Provider"]):
    """Chainable reads of providers."""

    def of(self, account: "Account") -> "ProviderQuerySet":
        """Return the account's providers, closed listings included."""
        return self.filter(account=account)

    def opened_by(self, key: "ApiKey") -> "ProviderQuerySet":
        """Return the one provider that the key is bound to."""
        return self.filter(account_id=key.account_id, slug=key.resource)

    def live(self) -> "ProviderQuerySet":
        """Return those that the public may see."""
        return self.filter(is_live=True)

    def genuine(self) -> "ProviderQuerySet":
        """Leave out demo listings."""
        return self.filter(is_demo=False)

    def with_tiers(self) -> "ProviderQuerySet":
        """Read the price tiers of all rows in one further query."""
        return self.prefetch_related("tiers")

    def after(self, slug: str) -> "ProviderQuerySet":
        """Return what follows a slug in the directory's order."""
        return self.filter(slug__gt=slug)
