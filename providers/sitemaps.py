"""The directory's part of the sitemap: its listings, and the pages of countries and node sizes."""

from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Count, QuerySet

from providers.addresses import country_path, listing_path, tier_path
from providers.models import Provider, TierName


class ListingSitemap(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The public listings, without demos."""

    def items(self) -> "QuerySet[Provider, Any]":
        """Return slug and time of each."""
        return Provider.objects.live().genuine().order_by("slug").values("slug", "updated_at")

    def location(self, item: dict[str, Any]) -> str:
        """Return the path of its page."""
        return listing_path(item["slug"])

    def lastmod(self, item: dict[str, Any]) -> datetime:
        """Return when it changed last."""
        at: datetime = item["updated_at"]
        return at


class PlaceSitemap(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The pages of node sizes and countries that have a listing; the others are nothing to find."""

    def items(self) -> list[str]:
        """Return their paths."""
        listed = Provider.objects.live().genuine()
        priced = listed.aggregate(**{tier: Count(f"cheapest_{tier}") for tier in TierName.values})
        codes = (
            listed.filter(country__isnull=False).order_by("country").values_list("country", flat=True).distinct()
        )
        tiers = (tier for tier, number in priced.items() if number)
        return [*map(tier_path, tiers), *(country_path(str(code)) for code in codes)]

    def location(self, item: str) -> str:
        """Return the path."""
        return item
