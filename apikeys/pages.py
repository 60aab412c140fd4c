"""The key pages: list, make, roll, revoke. A secret is shown on the answer that made it and nowhere else."""

import uuid
from typing import Any, ClassVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Account
from accounts.page_views import SignedInPage
from api.errors import InvalidFields, NotFound, PlatformError
from apikeys import services
from apikeys.errors import KeyChanged
from apikeys.forms import VERBS, KeyForm, RollForm, summary_of
from apikeys.models import ApiKey
from apikeys.resources import bound_resources, keys_url
from apikeys.wording import WORDS, KeyWords
from plans import entitlements
from plans.catalogue import PRODUCTS, Product

KEYS_A_PAGE = 50


class KeysOverviewPage(SignedInPage):
    """The products, with the number of live keys of each."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        account = self.account
        rows = [
            {
                "product": product,
                "words": WORDS[product.name],
                "count": ApiKey.objects.of(account, product.name).live().count(),
                "is_included": entitlements.allows(account, product.name, "keys"),
                "required": product.lowest_with("keys"),
            }
            for product in PRODUCTS.values()
        ]
        return render(request, "apikeys/overview.html", {"rows": rows, "account": account})


class ProductPage(SignedInPage):
    """The base of pages about one product's keys.

    A product may derive pages for the keys of one resource: it overrides `product`, `resource` and what it draws.
    templates: the folder of the pages.
    """

    templates: ClassVar[str] = "apikeys"

    @property
    def resource(self) -> str:
        """Return the provider or store that the page is about, "" for all of the account's."""
        return ""

    @property
    def can_manage(self) -> bool:
        """Return whether the person may make, roll and revoke keys."""
        return self.membership.can_manage

    @property
    def product(self) -> Product:
        """Return the product that the address names; raises NotFound (404)."""
        product = PRODUCTS.get(self.kwargs["product"])
        if product is None:
            raise NotFound
        return product

    @property
    def words(self) -> KeyWords:
        """Return the product's words."""
        return WORDS[self.product.name]

    def show_secret(self, issued: services.Issued, *, is_rolled: bool) -> HttpResponse:
        """Answer with the secret: the only page that ever shows it."""
        context = {
            "product": self.product,
            "words": self.words,
            "key": issued.key,
            "secret": issued.secret,
            "is_rolled": is_rolled,
            "keys_url": self.keys_url(issued.key),
        }
        return self.page("secret", context)

    def keys_url(self, key: ApiKey) -> str:
        """Return the address of the list that the key is in."""
        return keys_url(key.product, key.resource)

    def page(self, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Answer with a template of the folder."""
        return render(self.request, f"{self.templates}/{name}.html", context, status=status)


class KeysPage(ProductPage):
    """Lists the account's keys of a product, and makes new ones."""

    def get(self, request: HttpRequest, **route: str) -> HttpResponse:
        """Show the keys and the form."""
        return self._show(self._form())

    def post(self, request: HttpRequest, **route: str) -> HttpResponse:
        """Make a key; raises NotAManager (403)."""
        account, name = self.managed_account, self.product.name
        form = self._form(request.POST)
        if self.words.has_form and not form.is_valid():
            return self._show(form, status=400)
        wanted = form.wanted() if self.words.has_form else {"name": f"{self.product.title} key"}
        try:
            issued = services.issue(account=account, product=name, actor=self.person, **wanted)
        except InvalidFields as error:
            form.add_faults(error.errors)
            return self._show(form, status=error.status)
        except PlatformError as error:
            return self._show(self._form(), status=error.status, refusal=error.message)
        return self.show_secret(issued, is_rolled=False)

    def _form(self, data: Any = None) -> KeyForm:
        name = self.product.name
        owned = [self.resource] if self.resource else bound_resources(name, self.account) or []
        resources = owned if self.words.resource else None
        return KeyForm(data, product=name, resources=resources, bound_to=self.resource)

    def draw(self, context: dict[str, Any], status: int) -> HttpResponse:
        """Answer with the keys and the form."""
        return self.page("keys", context, status)

    def _show(self, form: KeyForm, *, status: int = 200, refusal: str = "") -> HttpResponse:
        account, product = self.account, self.product
        rows = ApiKey.objects.of(account, product.name)
        if self.resource:
            rows = rows.filter(resource=self.resource)
        keys = Paginator(rows, KEYS_A_PAGE).get_page(self.request.GET.get("page"))
        context = {
            "product": product,
            "words": self.words,
            "resource": self.resource,
            "keys": [(key, summary_of(product.name, key.scopes)) for key in keys],
            "page": keys,
            "form": form,
            "verbs": VERBS,
            "refusal": refusal,
            "can_manage": self.can_manage,
            "is_included": entitlements.allows(account, product.name, "keys"),
            "required": product.lowest_with("keys"),
            "lacks_resource": form.lacks_resource,
            "has_only_key": not self.words.has_form and has_own_key(account, product.name),
        }
        return self.draw(context, status)


def has_own_key(account: Account, product: str) -> bool:
    """Return whether the account made a key of the product that is not revoked."""
    own = ApiKey.objects.of(account, product).filter(revoked_at__isnull=True, is_operator_issued=False)
    return own.exists()


class KeyPage(ProductPage):
    """The base of pages about one key of the account in use; others are 404."""

    def key(self) -> ApiKey:
        """Return the key for those who may manage it.

        Raises NotFound (404) for a missing one and for another account's, NotAManager (403).
        """
        pk: uuid.UUID = self.kwargs["pk"]
        rows = ApiKey.objects.of(self.account, self.product.name)
        if self.resource:
            rows = rows.filter(resource=self.resource)
        key = rows.filter(pk=pk).first()
        if key is None:
            raise NotFound
        key.account = self.managed_account
        return key

    def context_of(self, key: ApiKey) -> dict[str, Any]:
        """Return what every question about a key is drawn with."""
        return {"product": self.product, "words": self.words, "key": key, "keys_url": self.keys_url(key)}


class KeyRollPage(KeyPage):
    """Replaces a secret, after a warning."""

    def get(self, request: HttpRequest, **route: Any) -> HttpResponse:
        """Warn and ask."""
        key = self.key()
        if key.revoked_at is not None:
            raise KeyChanged
        form = RollForm(initial={"version": key.version}, max_grace_days=self.words.max_grace_days)
        return self._ask(key, form)

    def post(self, request: HttpRequest, **route: Any) -> HttpResponse:
        """Roll; raises KeyChanged (409) when the key is not as it was when the person was asked."""
        key = self.key()
        form = RollForm(request.POST, max_grace_days=self.words.max_grace_days)
        if not form.is_valid():
            return self._ask(key, form, status=400)
        key.version = form.cleaned_data["version"]
        return self.show_secret(services.roll(key=key, grace=form.grace(), actor=self.person), is_rolled=True)

    def _ask(self, key: ApiKey, form: RollForm, status: int = 200) -> HttpResponse:
        return self.page("roll", self.context_of(key) | {"form": form}, status)


class KeyRevokePage(KeyPage):
    """Ends a key for good, after asking."""

    def get(self, request: HttpRequest, **route: Any) -> HttpResponse:
        """Ask."""
        return self.page("revoke", self.context_of(self.key()))

    def post(self, request: HttpRequest, **route: Any) -> HttpResponse:
        """Revoke; doing it twice changes nothing."""
        key = services.revoke(key=self.key(), actor=self.person)
        messages.success(request, f"{key.name} is revoked.")
        return redirect(self.keys_url(key))
