"""`/sitemap.xml` and `/robots.txt`: what search engines may know of this site."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemap_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_safe

from fluxplatform.docs import DOCUMENTED
from providers.addresses import directory_path
from providers.sitemaps import ListingSitemap, PlaceSitemap

KEPT_SECONDS = 15 * 60
HIDDEN = ("/accounts/", "/admin/", "/dashboard/", "/store-admin/")


class PageSitemap(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The public pages that are always there."""

    def items(self) -> list[str]:
        """Return their paths."""
        docs = [reverse(f"docs-{product}") for product in DOCUMENTED]
        return [reverse("accounts:home"), directory_path(), reverse("images:try"), *docs]

    def location(self, item: str) -> str:
        """Return the path."""
        return item


class _AtHome:
    """Lets a part's addresses begin with BASE_URL, whatever host the request came to."""

    def get_protocol(self, protocol: str | None = None) -> str:
        """Return the scheme."""
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        """Return host and port."""
        return urlsplit(settings.BASE_URL).netloc


def _at_home(part: "type[Sitemap[Any]]") -> "type[Sitemap[Any]]":
    return type(part.__name__, (_AtHome, part), {})


SECTIONS: "dict[str, type[Sitemap[Any]] | Sitemap[Any]]" = {
    "pages": _at_home(PageSitemap),
    "places": _at_home(PlaceSitemap),
    "providers": _at_home(ListingSitemap),
}


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Answer the sitemap; it is made anew every quarter of an hour, however often and with whatever query."""
    if request.META.get("QUERY_STRING"):
        # The cache goes by the whole address: each of these would have it made once more.
        return redirect("sitemap", permanent=True)
    return _kept(request)


@cache_page(KEPT_SECONDS)
def _kept(request: HttpRequest) -> HttpResponse:
    return sitemap_views.sitemap(request, SECTIONS)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Answer where robots are not to go, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in HIDDEN)]
    lines.append(f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
