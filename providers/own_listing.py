"""What a provider sees of its listing: how complete it is, how it looks, and what is pinned."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from api.errors import NotFound
from providers import services
from providers.cards import Card
from providers.completeness import completeness_of
from providers.models import Provider, Source
from providers.names import WRITABLE_NAMES
from providers.own_pages import OwnProviderPage
from providers.provenance import pinned_fields
from providers.wording import LABELS


class ListingPage(OwnProviderPage):
    """A listing as its provider sees it."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show it."""
        provider = self.provider()
        complete = completeness_of(services.shown_values(provider))
        return self.show(
            "providers/own/listing.html",
            provider,
            card=Card.of(provider, timezone.now()),
            complete=complete,
            missing=[(name, missing_label(name)) for name in complete.missing],
            pins=_pins(provider),
        )


class ReleasePage(OwnProviderPage):
    """Releases the pin of a field."""

    def post(self, request: HttpRequest, slug: str, field: str) -> HttpResponse:
        """Release it; a field that is not pinned stays as it is. Raises NotFound (404) for no field of ours."""
        provider = self.provider()
        if field not in WRITABLE_NAMES:
            raise NotFound
        services.release_pin(provider=provider, field=field, actor=self.person)
        messages.success(request, f"The next pull may set {LABELS[field]}.")
        return redirect("providers:pages:listing", slug)


def missing_label(name: str) -> str:
    """Return what the page calls something that is missing."""
    return "A way to pay" if name == "acceptsFlux" else LABELS[name]


def _pins(provider: Provider) -> list[dict[str, Any]]:
    """Return the pinned fields in the document's order."""
    marks, pinned = provider.provenance, pinned_fields(provider.provenance)
    return [
        {
            "name": name,
            "label": LABELS[name],
            "source": Source(marks[name]["source"]).label,
            "at": datetime.fromisoformat(marks[name]["at"]),
        }
        for name in WRITABLE_NAMES
        if name in pinned
    ]
