"""A provider's own pages: the account's listings, and everything about one of them for those who run it.

Every member of the account may look and edit, as with links; keys are for those who manage the account.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from accounts.page_views import SignedInPage
from api.errors import NotFound
from providers.models import Provider

# Title and URL name (below `providers:pages:`) of each tab; one whose name no route has yet is not drawn.
TABS = (
    ("Listing", "listing"),
    ("Keys", "keys"),
    ("Pull", "pull"),
    ("Sync log", "sync-log"),
    ("Changes", "changes"),
    ("Reviews", "reviews"),
    ("Uptime", "uptime"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a listing's pages. is_current: the page in view belongs to it."""

    title: str
    url: str
    is_current: bool


def tabs_of(slug: str, current: str) -> list[Tab]:
    """Return the tabs of a listing. current: the URL name of the one in view."""
    found = []
    for title, name in TABS:
        try:
            url = reverse(f"providers:pages:{name}", args=[slug])
        except NoReverseMatch:
            continue
        found.append(Tab(title, url, name == current))
    return found


class OwnProviderPage(SignedInPage):
    """The base of pages about one listing of the account in use; others are 404.

    tab: the URL name of the tab that the page belongs to. Routes name the listing `slug`, and templates extend
    `providers/own/base.html` and fill its block `own`.
    """

    tab: ClassVar[str] = "listing"
    _provider: Provider | None = None

    def provider(self) -> Provider:
        """Return the listing with its tiers, closed ones included, read once for each request.

        Raises NotFound (404) for a missing one and for another account's.
        """
        if self._provider is None:
            self._provider = self._read()
        return self._provider

    def _read(self) -> Provider:
        account = self.account
        provider = Provider.objects.of(account).with_tiers().filter(slug=self.kwargs["slug"]).first()
        if provider is None:
            raise NotFound
        provider.account = account
        return provider

    def managed_provider(self) -> Provider:
        """Return the listing for those who may manage the account; raises NotFound (404), NotAManager (403)."""
        provider = self.provider()
        provider.account = self.managed_account
        return provider

    def show(self, template: str, provider: Provider, status: int = 200, **context: Any) -> HttpResponse:
        """Answer with a template that extends `providers/own/base.html`."""
        context |= {
            "provider": provider,
            "tabs": tabs_of(provider.slug, self.tab),
            "can_manage": self.membership.can_manage,
        }
        return render(self.request, template, context, status=status)


class OwnProvidersPage(SignedInPage):
    """Lists the account's listings; a single one is shown at once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        providers = list(Provider.objects.of(self.account).order_by("name_key", "pk"))
        if len(providers) == 1:
            return redirect("providers:pages:listing", providers[0].slug)
        return render(request, "providers/own/list.html", {"providers": providers})
