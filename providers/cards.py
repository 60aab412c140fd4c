"""What a card of the directory shows of a listing, computed once: the template only lays it out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from providers import countries
from providers.charts import money
from providers.facts import cheapest_of
from providers.freshness import Freshness, freshness_of
from providers.models import Provider, TierName
from providers.wording import percent


@dataclass(frozen=True, slots=True)
class Card:
    """One listing. prices: label and cheapest price of each node size, "" where it has none."""

    provider: Provider
    country: str
    country_slug: str
    type: str
    prices: tuple[tuple[str, str], ...]
    nodes: str
    uptime: str | None
    measured: str | None
    rating: str
    freshness: Freshness

    @property
    def has_standing(self) -> bool:
        """Return whether there is a badge to show."""
        row = self.provider
        return row.verified or row.flux_labs_partner or row.is_demo or self.freshness.is_stale

    @classmethod
    def of(cls, provider: Provider, now: datetime) -> Self:
        """Return the card of a listing whose tiers were read."""
        code = provider.country
        return cls(
            provider=provider,
            country=countries.names()[code] if code else "",
            country_slug=code.lower() if code else "",
            type=provider.get_type_display(),
            prices=tuple((size.label, _price(provider, size)) for size in TierName),
            nodes=f"{provider.total_nodes or 0:,}",
            uptime=percent(provider.uptime_percentage),
            measured=percent(provider.measured_uptime_percent),
            rating=_rating(provider),
            freshness=freshness_of(
                pushed_at=provider.last_push_at,
                pulled_at=provider.last_pull_at,
                updated_at=provider.updated_at,
                now=now,
            ),
        )


def _price(provider: Provider, size: TierName) -> str:
    price = cheapest_of(provider, size)
    return "" if price is None else money(price)


def _rating(provider: Provider) -> str:
    """Return `4.6 (12)`, "" without reviews."""
    has_rating = provider.rating is not None and provider.review_count
    return f"{provider.rating:.1f} ({provider.review_count:,})" if has_rating else ""
