"""The site itself: who comes in, and which pages there are beside those of models."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from allauth.account.views import LogoutView
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite

from store.models import TeamPermission
from store.store_admin import dashboard
from store.store_admin.chosen import choose, in_zone_of, may, store_of, stores_of, switch
from store.store_admin.csv_export import export_csv
from store.store_admin.removal import remove_selected

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """A page beside those of models. path: below the site's root. group: its place in the menu; empty is none.

    permission: what opening it needs; None: everybody of the team.
    """

    path: str
    name: str
    view: View
    title: str
    group: str = ""
    icon: str = "circle"
    permission: TeamPermission | None = None


class StoreAdminSite(UnfoldAdminSite):
    """The admin of store owners and their teams; staff get in only as members."""

    settings_name = "UNFOLD_STORE"
    index_title = "Dashboard"
    index_template = "store_admin/index.html"

    def __init__(self, name: str = "store_admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []
        self.add_action(remove_selected, "delete_selected")
        self.add_action(export_csv, "export_csv")

    def add_page(self, page: Page) -> None:
        """Add a page; modules of this package call it when they are imported."""
        self.pages.append(page)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the person is signed in, active and in the team of a store; sets `request.store`."""
        return choose(request) is not None

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Return a view that only a store's people reach, in the store's zone, and that no cache keeps."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                return self.without_store(request)
            # Nobody has a store before signing in, where the guard leads.
            with in_zone_of(choose(request)):
                response = cast(HttpResponseBase, guarded(request, *args, **kwargs))
                # What is drawn later would be drawn in another zone.
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response.render()
            if not cacheable:
                add_never_cache_headers(response)
            return response

        return inner

    def get_urls(self) -> list[Any]:
        """Return the site's routes: none that tells of rows of other models, and our own pages first."""
        own = [path(page.path, self.admin_view(_guarded(page)), name=page.name) for page in self.pages]
        own.append(path("stores/", self.admin_view(self.stores), name="stores"))
        return own + [route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to the platform's one sign-in, with its limits and second factor."""
        wanted = request.GET.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        target = wanted if is_ours else reverse(f"{self.name}:index")
        if not request.user.is_authenticated:
            return HttpResponseRedirect(f"{reverse('account_login')}?next={quote(target)}")
        return HttpResponseRedirect(target) if self.has_permission(request) else self.without_store(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """End the session as the platform does everywhere."""
        return cast(HttpResponse, LogoutView.as_view()(request))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Passwords are changed in one place, which asks for the old one and knows of second factors."""
        return redirect("account_change_password")

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        """There is one app: its index is the dashboard."""
        return redirect(f"{self.name}:index")

    def search(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """There is no search over everything: unfold remembers its results for a person, not for a store."""
        raise Http404

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the dashboard. `?store=<id>` switches first: other pages lead here with it."""
        wanted = request.GET.get("store")
        if wanted is not None:
            if not switch(request, wanted):
                messages.error(request, "You are not in the team of this store. Ask its owner to add you.")
            return redirect(f"{self.name}:index")
        context = dashboard.context_of(request, store_of(request)) | (extra_context or {})
        return cast(HttpResponse, super().index(request, context))

    def stores(self, request: HttpRequest) -> HttpResponse:
        """Choose the store to work in; only among the person's own."""
        if request.method == "POST":
            if not switch(request, request.POST.get("store", "")):
                raise Http404
            return redirect(f"{self.name}:index")
        stores = stores_of(request).order_by("name", "pk")
        context = self.each_context(request) | {"title": "Switch store", "stores": stores, "store": request.store}  # type: ignore[attr-defined]
        return render(request, "store_admin/stores.html", context)

    def without_store(self, request: HttpRequest) -> HttpResponse:
        """Tell somebody who has no store what to do next (403)."""
        response = render(request, "store_admin/no_store.html", status=403)
        add_never_cache_headers(response)
        return response


def _guarded(page: Page) -> View:
    """Return the page's view, which 403s without its permission."""

    @wraps(page.view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if page.permission is not None and not may(request, page.permission):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return inner


store_admin_site = StoreAdminSite()
