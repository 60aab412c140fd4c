"""The keys of one listing: the platform's key page, bound to it."""

from typing import Any

from django.http import HttpResponse

from apikeys.pages import KeysPage
from plans.catalogue import PRODUCTS, Product
from providers.own_pages import OwnProviderPage


class OwnKeysPage(KeysPage, OwnProviderPage):
    """Lists a listing's keys, and makes new ones for those who manage the account."""

    tab = "keys"

    @property
    def product(self) -> Product:
        """Return Fluxme."""
        return PRODUCTS["fluxme"]

    @property
    def resource(self) -> str:
        """Return the listing's slug; raises NotFound (404)."""
        return self.provider().slug

    def draw(self, context: dict[str, Any], status: int) -> HttpResponse:
        """Answer with the keys below the listing's tabs."""
        return self.show("providers/own/keys.html", self.provider(), status, **context)
