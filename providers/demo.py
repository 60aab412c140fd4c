"""Demo data: one listing with every field filled, and a directory with a history; all of it marked as a demo."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from api.parsers import loads
from providers import services
from providers.models import Provider, ProviderType, Source, SupportChannel, TierName
from providers.serializers import read_push

SLUG = "demo-provider"
DIRECTORY = Path(__file__).with_name("demo_listings.json")
_FIELDS: dict[str, Any] = {
    "description": "A demo listing: push to it, read it back, break nothing.",
    "long_description": (
        "This listing shows what a provider can say about itself.\n\n"
        "- Update it with `PATCH /api/providers/demo-provider` and the demo key.\n"
        "- Read it with `GET /api/providers/demo-provider`."
    ),
    "website": "https://runonflux.com",
    "discord": "https://discord.gg/runonflux",
    "country": "PL",
    "type": ProviderType.MANAGED,
    "tiers": [
        {"tier": TierName.CUMULUS, "price": Decimal("7.99"), "plan_name": "Cumulus"},
        {"tier": TierName.NIMBUS, "price": Decimal("17.99"), "plan_name": "Nimbus"},
        {"tier": TierName.STRATUS, "price": Decimal("35.99"), "plan_name": "Stratus"},
    ],
    "comments": "Prices include VAT",
    "has_discount": True,
    "total_nodes": 89,
    "total_clients": 51,
    "uptime_percentage": Decimal("99.99"),
    "response_time_hours": Decimal("0.5"),
    "pnr_eligible_percent": Decimal(99),
    "arcane_os_percent": Decimal(100),
    "data_centers": 3,
    "sla": Decimal("99.9"),
    "languages": ["en", "pl"],
    "accepts_flux": True,
    "accepts_stripe": True,
    "accepts_fiat": True,
    "support_channels": [SupportChannel.EMAIL, SupportChannel.DISCORD, SupportChannel.PHONE],
    "auto_renew": True,
    "delegation_available": True,
}


def load_demo(*, account: Account) -> str:
    """Give the account its demo listing, once, and return the slug. A listing that is there stays as it is.

    Call it inside a transaction, so that the listing and its fields appear together.
    Raises SlugTaken (409) when another account of this installation has the demo listing.
    """
    existing = Provider.objects.of(account).filter(is_demo=True).order_by("pk").first()
    if existing is not None:
        return existing.slug
    provider = services.create_provider(account=account, slug=SLUG, name="Demo Provider", is_demo=True)
    services.apply_update(services.Proposal(provider=provider, fields=_FIELDS, source=Source.STAFF))
    return provider.slug


def is_directory_loaded() -> bool:
    """Return whether the demo directory is there: its listings come together, or not at all."""
    return Provider.objects.filter(slug=_directory()[-1]["slug"]).exists()


@transaction.atomic
def load_directory(*, account: Account) -> int:
    """Give the account the listings of the demo directory that are not there yet; return how many were made.

    What is told happens in its order: months of prices and figures up to this moment.
    """
    now = timezone.now()
    listings = {listing["slug"]: listing for listing in _directory()}
    for slug in Provider.objects.filter(slug__in=list(listings)).values_list("slug", flat=True):
        del listings[slug]
    events = [
        (_moment(now, event), listing, event) for listing in listings.values() for event in listing["history"]
    ]
    opened: dict[str, Provider] = {}
    for at, listing, event in sorted(events, key=lambda event: event[0]):
        slug, source = listing["slug"], Source(listing["source"])
        told = {name: value for name, value in event.items() if name != "daysAgo"}
        if slug not in opened:
            opened[slug] = _open(account, listing, at)
            told = listing["fields"] | told
        fields, _ = read_push(told)
        services.apply_update(services.Proposal(provider=opened[slug], fields=fields, source=source, at=at))
    return len(opened)


def _open(account: Account, listing: dict[str, Any], at: datetime) -> Provider:
    name = listing["fields"]["name"]
    provider = services.create_provider(account=account, slug=listing["slug"], name=name, is_demo=True, at=at)
    services.set_standing(
        provider=provider, verified=listing["verified"], flux_labs_partner=listing["partner"], is_live=True
    )
    return provider


def _moment(now: datetime, event: dict[str, Any]) -> datetime:
    return now - timedelta(days=float(event["daysAgo"]))


def _directory() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = loads(DIRECTORY.read_bytes())
    return found
