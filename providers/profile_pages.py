"""The public page of one listing, and the badge that its provider puts on its own site."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views import View

from accounts.page_views import PageView
from providers.addresses import listing_path, whole
from providers.badges import Badge
from providers.cards import Card
from providers.charts import money, price_history
from providers.facts import CLAIMED, INFRASTRUCTURE, PAYMENT, SUPPORT, cheapest_of
from providers.freshness import ago
from providers.history import PUBLIC_FIELDS
from providers.markdown import as_html
from providers.models import Change, Provider, Source
from providers.price_points import price_points_of
from providers.reviews_pages import live_provider, review_panel
from providers.structured import json_ld, sentence_of
from providers.uptime import uptime_panel
from providers.wording import LABELS, plain_number, value_text

CHANGES_READ = 60
STEPS_SHOWN, LINES_SHOWN = 6, 4
"""How many versions of a listing are told of, and how many fields of each."""

FIELD_ORDER = {field: place for place, field in enumerate(LABELS)}
BADGE_SECONDS = 3600
"""How long others may keep a badge, in seconds."""

BADGE_HEADERS = {
    "Cache-Control": f"public, max-age={BADGE_SECONDS}",
    # Any page may show it; opened by itself, it can do nothing.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


class ProfilePage(PageView):
    """Everything about one listing."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show it; raises NotFound (404)."""
        provider = live_provider(slug)
        prefetch_related_objects([provider], "tiers")
        now = timezone.now()
        canonical = whole(listing_path(slug))
        history = price_history(price_points_of(provider), until=now)
        about = provider.long_description
        context = {
            "provider": provider,
            "card": Card.of(provider, now),
            "canonical": canonical,
            "sentence": sentence_of(provider),
            "structured": None if provider.is_demo else json_ld(provider, canonical),
            # Our own sanitiser and our own drawing made these.
            "about": mark_safe(as_html(about)) if about else "",  # noqa: S308
            "history": history,
            "drawing": mark_safe(history.svg) if history else "",  # noqa: S308
            "groups": [(group.title, group.of(provider)) for group in (INFRASTRUCTURE, PAYMENT, SUPPORT)],
            "reliability": CLAIMED.of(provider),
            "website_name": _short_name(provider.website),
            "tiers": [(tier, money(tier.price)) for tier in provider.tiers.all()],
            "changes": list(_steps(Change.objects.of(provider).filter(field__in=PUBLIC_FIELDS)[:CHANGES_READ])),
            "sources": list(_sources(provider, now)),
            "badge": _badge_of(provider),
            "badge_url": whole(reverse("providers:badge", args=[slug])),
        }
        context |= review_panel(provider, request) | uptime_panel(provider)
        return render(request, "providers/profile.html", context)


class BadgeView(View):
    """`/providers/<slug>/badge.svg`, for `<img>` on any site."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Send it; what is no listing (any more) is 404, which browsers show as the picture's text."""
        shown = Provider.objects.live().only("name", "cheapest", "uptime_percentage", "measured_uptime_percent")
        provider = shown.filter(slug=slug).first()
        if provider is None:
            return HttpResponse(status=404, content_type="text/plain", headers={"Cache-Control": "no-cache"})
        return HttpResponse(_badge_of(provider).svg(), content_type="image/svg+xml", headers=BADGE_HEADERS)


def _badge_of(provider: Provider) -> Badge:
    """Return the badge; the uptime on it is the measured one where there is one, else what the provider says."""
    price, measured = cheapest_of(provider), provider.measured_uptime_percent
    uptime = provider.uptime_percentage if measured is None else measured
    return Badge(
        provider.name,
        None if price is None else money(price),
        None if uptime is None else plain_number(uptime),
        is_measured=measured is not None,
    )


def _short_name(url: str | None) -> str:
    """Return the host that an address leads to."""
    return (urlsplit(url).hostname or url).removeprefix("www.") if url else ""


def _steps(changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
    """Yield what the latest versions changed, the newest first; the last that was read may not be whole."""
    versions = ((key, list(group)) for key, group in groupby(changes, key=attrgetter("version")))
    for _, lines in islice(versions, STEPS_SHOWN):
        lines.sort(key=lambda change: FIELD_ORDER.get(change.field, 0))
        yield {
            "at": lines[0].at,
            "source": Source(lines[0].source).label,
            "lines": [
                {
                    "label": LABELS.get(change.field, change.field),
                    "old": value_text(change.field, change.old),
                    "new": value_text(change.field, change.new),
                }
                for change in lines[:LINES_SHOWN]
            ],
            "more": max(0, len(lines) - LINES_SHOWN),
        }


def _sources(provider: Provider, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield who set each field, and when, in the order of the document."""
    for field, label in LABELS.items():
        if mark := provider.provenance.get(field):
            at = datetime.fromisoformat(mark["at"])
            yield {"label": label, "source": Source(mark["source"]).label, "at": at, "ago": ago(at, now)}
