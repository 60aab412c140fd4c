"""The API keys of the chosen store: the platform's key pages, bound to it and drawn as the rest of this admin."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget

from accounts.models import Account
from apikeys.forms import KeyForm
from apikeys.models import ApiKey
from apikeys.pages import KeyRevokePage, KeyRollPage, KeysPage, ProductPage
from plans.catalogue import FLUXSTORE, Product
from store import teams
from store.models import Store, TeamPermission
from store.store_admin.chosen import may, person_of, store_of
from store.store_admin.site import Page, store_admin_site

_TITLES = {
    "keys": "API keys",
    "secret": "Copy your new key now",
    "roll": "Regenerate a key",
    "revoke": "Revoke a key",
}


class StoreKeyPage(ProductPage):
    """What makes the platform's key pages those of the chosen store: whose keys, who may, how they look."""

    templates = "store_admin/keys"

    @property
    def store(self) -> Store:
        """Return the chosen store."""
        return store_of(self.request)

    @property
    def product(self) -> Product:
        """Return FluxStore."""
        return FLUXSTORE

    @property
    def resource(self) -> str:
        """Return the store's id: keys of other stores are not found here, of the same account neither."""
        return self.store.store_id

    @property
    def account(self) -> Account:
        """Return the account of the store, which need not be the person's own."""
        return self.store.account

    @property
    def managed_account(self) -> Account:
        """Return the account for those who may edit the store; raises PermissionLacking (403)."""
        teams.require(person_of(self.request), self.store, TeamPermission.EDIT)
        return self.store.account

    @property
    def can_manage(self) -> bool:
        """Return whether the person may edit the store."""
        return may(self.request, TeamPermission.EDIT)

    def keys_url(self, key: ApiKey) -> str:
        """Return the address of the store's keys."""
        return reverse("store_admin:keys")

    def page(self, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Answer with a page of the store admin."""
        context = store_admin_site.each_context(self.request) | {"title": _TITLES[name]} | context
        return render(self.request, f"{self.templates}/{name}.html", context, status=status)


class StoreKeysPage(StoreKeyPage, KeysPage):
    """Lists the store's keys, and makes new ones."""

    def _form(self, data: Any = None) -> KeyForm:
        form = super()._form(data)
        form.label_suffix = ""
        form.fields["name"].widget = UnfoldAdminTextInputWidget(attrs={"maxlength": 80, "autocomplete": "off"})
        form.fields["expires_on"].widget = forms.DateInput(
            attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}
        )
        return form


class StoreKeyRollPage(StoreKeyPage, KeyRollPage):
    """Replaces a secret, after a warning."""


class StoreKeyRevokePage(StoreKeyPage, KeyRevokePage):
    """Ends a key for good, after asking."""


def _add(path: str, name: str, view: type[StoreKeyPage], group: str = "") -> None:
    page = Page(path, name, view.as_view(), "API keys", group, "key", TeamPermission.EDIT)
    store_admin_site.add_page(page)


_add("api-keys/", "keys", StoreKeysPage, "Configuration")
_add("api-keys/<uuid:pk>/regenerate/", "key_regenerate", StoreKeyRollPage)
_add("api-keys/<uuid:pk>/revoke/", "key_revoke", StoreKeyRevokePage)
