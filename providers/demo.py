"""Demo data: one listing with every field filled, marked as a demo."""

from decimal import Decimal
from typing import Any

from accounts.models import Account
from providers import services
from providers.models import Provider, ProviderType, Source, SupportChannel, TierName

SLUG = "demo-provider"
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
    services.apply_update(provider=provider, fields=_FIELDS, source=Source.STAFF)
    return provider.slug
