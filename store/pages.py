"""The store pages of the dashboard: which stores a person works in, and opening one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.page_views import SignedInPage
from api.errors import InvalidFields
from plans.catalogue import FLUXSTORE
from plans.errors import QuotaExhausted
from plans.pages import product_plan
from store import teams
from store.models import Store, TeamPermission
from store.page_forms import OpenStoreForm
from store.services import open_store


def admin_url(store: Store) -> str:
    """Return the address at which the store admin opens with this store."""
    return f"{reverse('store_admin:index')}?{urlencode({'store': store.store_id})}"


class StoresPage(SignedInPage):
    """Lists the stores in which the person works, whoever owns them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        stores = teams.stores_of(self.person).select_related("account")
        rows = [(store, admin_url(store), self._allowed(store)) for store in stores]
        return render(request, "store/list.html", {"rows": rows} | self._standing())

    def _allowed(self, store: Store) -> str:
        held = teams.permissions_of(self.person, store)
        if held == teams.EVERYTHING:
            return "Everything"
        return ", ".join(str(permission) for permission in TeamPermission if permission in held) or "Look only"

    def _standing(self) -> dict[str, Any]:
        membership = self.membership
        plan = product_plan(membership.account, FLUXSTORE)
        is_full = any(meter.state == "bad" for meter in plan.meters)
        return {
            "account": membership.account,
            "plan": plan,
            "is_full": is_full,
            "can_manage": membership.can_manage,
        }


class OpenStorePage(SignedInPage):
    """Opens a store for the account in use."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask; raises NotAManager (403)."""
        return self._ask(OpenStoreForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open it and lead to its admin; raises NotAManager (403)."""
        account, form = self.managed_account, OpenStoreForm(request.POST)
        if not form.is_valid():
            return self._ask(form, status=400)
        data = form.cleaned_data
        try:
            store = open_store(
                account=account,
                name=data["name"],
                currency=data["currency"],
                timezone_name=data["timezone"],
                actor=self.person,
            )
        except InvalidFields as error:
            form.add_faults(error.errors)
            return self._ask(form, status=error.status)
        except QuotaExhausted as error:
            form.add_error(None, error.message)
            return self._ask(form, status=error.status)
        messages.success(request, f"{store.name} is open. Make its first package next.")
        return redirect(admin_url(store))

    def _ask(self, form: OpenStoreForm, status: int = 200) -> HttpResponse:
        form.focus()
        context = {"form": form, "account": self.managed_account}
        return render(self.request, "store/new.html", context, status=status)
