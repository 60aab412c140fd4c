"""Reads of listings. Public ones begin with `live`, a provider's own with its account or its key."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from providers.lookups import HasWords, ListHas
from providers.searching import words_of

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

    def for_reading(self) -> "ProviderQuerySet":
        """Leave in the database what no answer shows."""
        return self.defer("words")

    def chosen(self, query: Mapping[str, Any]) -> "ProviderQuerySet":
        """Return the live listings that a validated `FilterQuery` leaves, in no order."""
        rows = self.live().filter(_conditions(query))
        if not query["demo"]:
            rows = rows.genuine()
        if "q" in query:
            words = words_of(query["q"])
            rows = rows.filter(HasWords(words)) if words else rows.none()
        return rows


# What each filter asks of its column.
_PLAIN_FILTERS = {
    "country": "country",
    "type": "type",
    "minUptime": "uptime_percentage__gte",
    "minNodes": "total_nodes__gte",
    "verified": "verified",
    "partner": "flux_labs_partner",
}
_LIST_FILTERS = {"language": "languages", "support": "support_channels"}


def _conditions(query: Mapping[str, Any]) -> Q:
    """Return what the filters ask for, but for words and demo listings."""
    wanted = Q(**{column: query[name] for name, column in _PLAIN_FILTERS.items() if name in query})
    for name, column in _LIST_FILTERS.items():
        if name in query:
            wanted &= Q(ListHas(column, query[name]))
    if "accepts" in query:
        wanted &= Q(**{f"accepts_{query['accepts']}": True})
    cheapest = f"cheapest_{query['tier']}" if "tier" in query else "cheapest"
    if "maxPrice" in query:
        wanted &= Q(**{f"{cheapest}__lte": query["maxPrice"]})
    elif "tier" in query:
        wanted &= Q(**{f"{cheapest}__isnull": False})
    return wanted
