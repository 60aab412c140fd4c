"""The fixed cast of Fluxme: listings, and clients that hold their keys."""

import itertools
from typing import Any

from rest_framework.test import APIClient

from accounts.models import Account
from accounts.tests.factories import make_account
from apikeys.tests.factories import client_for, make_key
from providers import services
from providers.models import Provider, Source

_numbers = itertools.count(1)

# The body of the provider API's "Full Update Example".
FULL_BODY: dict[str, Any] = {
    "name": "My Provider",
    "description": "Short description for the card (max 200 chars)",
    "longDescription": "Full description shown on the profile page...",
    "website": "https://myprovider.com",
    "discord": "https://discord.gg/XXXXX",
    "country": "Poland",
    "type": "managed",
    "tiers": [
        {"tier": "cumulus", "price": 7.99, "planName": "Cumulus"},
        {"tier": "nimbus", "price": 17.99, "planName": "Nimbus"},
        {"tier": "stratus", "price": 35.99, "planName": "Stratus"},
    ],
    "comments": "Prices include VAT",
    "hasDiscount": True,
    "totalNodes": 89,
    "totalClients": 51,
    "uptimePercentage": 99.99,
    "responseTimeHours": 0.5,
    "pnrEligiblePercent": 99,
    "arcaneOsPercent": 100,
    "dataCenters": 3,
    "sla": 99.9,
    "languages": ["en", "pl"],
    "acceptsFlux": True,
    "acceptsStripe": True,
    "acceptsFiat": True,
    "supportChannels": ["email", "discord", "phone"],
    "whiteLabel": False,
    "autoRenew": True,
    "delegationAvailable": True,
}


def make_provider(*, account: Account | None = None, fields: dict[str, Any] | None = None, **given) -> Provider:
    """Return a live listing; `fields` are applied as staff would."""
    number = next(_numbers)
    given = {"slug": f"provider-{number}", "name": f"Provider {number}"} | given
    provider = services.create_provider(account=account or make_account(), **given)
    if fields:
        provider = services.apply_update(
            services.Proposal(provider=provider, fields=fields, source=Source.STAFF)
        ).provider
    return provider


def owner_of(provider: Provider, **overrides) -> APIClient:
    """Return a client with the provider's own key."""
    return client_for(make_key("fluxme", account=provider.account, resource=provider.slug, **overrides).secret)


def push(client: APIClient, slug: str, body: Any, query: str = "", **headers):
    """PATCH the listing of that slug."""
    return client.patch(f"/api/providers/{slug}{query}", body, format="json", **headers)
