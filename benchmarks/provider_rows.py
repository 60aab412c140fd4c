"""Ten thousand believable listings in a few seconds."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from providers.models import Provider, ProviderType, SupportChannel, Tier, TierName
from providers.services.derived import derive
from providers.services.naming import name_key

_COUNTRIES = ("PL", "DE", "US", "GB", "NL", "FR", "FI", "SG", "CA", "JP", None)
# Four hundred words, the first ones in most texts: `cloud`, `hosting` and `łódź` are everywhere.
_WORDS = ["Cloud", "Hosting", "Łódź", "Nodes", "Zürich", "Host", "Flux", "Data", "Öko", "Édge"]
_WORDS += [
    a + b + c for a in ("ba", "do", "ki", "lu", "mé", "ra", "só", "ti") for b in "bdgklmnr" for c in ("en", "il")
]
_WORDS += [word.title() + "s" for word in _WORDS[10:]] + [word + "ek" for word in _WORDS[10:]]
_WEIGHTS = [1 / (place + 3) for place in range(len(_WORDS))]
_LANGUAGES = ("en", "pl", "de", "fr", "es", "ja")


def fill(number: int) -> None:
    """Insert so many listings of the demo account with their prices, and let the database count them."""
    chance = random.Random(7)
    account = Account.objects.get(slug="demo")
    for numbers in _batches(number):
        rows = [(_row(n, account, chance), _prices(chance)) for n in numbers]
        for row, prices in rows:
            derive(row, {"name": row.name, "tiers": prices})
        Provider.objects.bulk_create(row for row, _ in rows)
        Tier.objects.bulk_create(
            Tier(provider=row, position=place, **price)
            for row, prices in rows
            for place, price in enumerate(prices)
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE providers_provider" if connection.vendor == "postgresql" else "ANALYZE")


def _batches(number: int) -> list[range]:
    return [range(start, min(start + 1000, number)) for start in range(0, number, 1000)]


def _row(number: int, account: Account, chance: random.Random) -> Provider:
    name = f"{_text(chance, 2)} name{number}"
    now = timezone.now()
    some: dict[str, Any] = {
        name: chance.random() < 0.5
        for name in ("has_discount", "accepts_flux", "accepts_stripe", "accepts_fiat", "white_label", "auto_renew")
    }
    return Provider(
        account=account,
        slug=f"provider-{number}",
        name=name,
        name_key=name_key(name),
        description=f"{_text(chance, 12)}, number {number}",
        long_description="\n\n".join(_text(chance, 30) for _ in range(5)),
        website=f"https://provider{number}.example",
        country=chance.choice(_COUNTRIES),
        type=chance.choice(ProviderType.values),
        comments="Prices include VAT",
        total_nodes=chance.choice((None, chance.randrange(1000))),
        total_clients=chance.randrange(500),
        uptime_percentage=chance.choice((None, Decimal(chance.randrange(95_000, 100_001)) / 1000)),
        data_centers=chance.randrange(10),
        sla=Decimal("99.9"),
        languages=chance.sample(_LANGUAGES, k=chance.randrange(1, 4)),
        support_channels=chance.sample(SupportChannel.values, k=3),
        verified=chance.random() < 0.2,
        flux_labs_partner=chance.random() < 0.05,
        is_demo=chance.random() < 0.01,
        rating=chance.choice((None, Decimal(chance.randrange(100, 501)) / 100)),
        updated_at=now - timedelta(minutes=chance.randrange(100_000)),
        provenance={"totalNodes": {"source": "push", "at": "2026-11-27T17:00:00Z", "pinned": True}},
        **some,
    )


def _text(chance: random.Random, length: int) -> str:
    return " ".join(chance.choices(_WORDS, _WEIGHTS, k=length))


def _prices(chance: random.Random) -> list[dict[str, Any]]:
    return [
        {"tier": tier, "price": Decimal(chance.randrange(300, 6000)) / 100, "plan_name": TierName(tier).label}
        for tier in TierName.values
        if chance.random() < 0.8
    ]
