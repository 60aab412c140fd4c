"""What is new in the directory, as an Atom feed: listings that appeared, and prices that changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from providers.addresses import directory_path, listing_path, tag, whole
from providers.charts import money
from providers.models import Change, Provider
from providers.wording import plan_label

MAX_ENTRIES = 50
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
Prices = dict[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a listing. name: tells it from the listing's others, for good."""

    at: datetime
    slug: str
    name: str
    title: str
    text: str


class DirectoryFeed(Atom1Feed):
    """An Atom feed whose time is that of its newest entry, also when it has none."""

    def latest_post_date(self) -> datetime:
        """Return the time of the newest entry."""
        newest: datetime = self.feed["newest_at"]
        return newest


def directory_feed(query: Mapping[str, Any], filters: str) -> tuple[str, datetime]:
    """Return the feed of the listings that a validated `FilterQuery` asks for, and the time of its newest entry.

    filters: the same as they stand in an address, for the feed's own and for the page that it belongs to.
    """
    asked = f"?{filters}" if filters else ""
    address = whole(reverse("providers:feed") + asked)
    entries = _entries(query)
    newest_at = entries[0].at if entries else _NEVER
    feed = DirectoryFeed(
        title="Flux hosting providers: new listings and prices",
        link=whole(directory_path() + asked),
        description="",
        subtitle="Listings that appeared in the Fluxme directory, and prices that changed.",
        author_name="Fluxme",
        feed_url=address,
        feed_guid=address,
        language="en",
        newest_at=newest_at,
    )
    for entry in entries:
        feed.add_item(
            title=entry.title,
            link=whole(listing_path(entry.slug)),
            # Atom reads the text as HTML.
            description=escape(entry.text),
            unique_id=tag(entry.slug, entry.name),
            pubdate=entry.at,
            updateddate=entry.at,
        )
    return feed.writeString("utf-8"), newest_at


def _entries(query: Mapping[str, Any]) -> list[Entry]:
    """Return the newest entries, the newest first."""
    chosen = Provider.objects.chosen(query)
    opened = chosen.for_reading().order_by("-created_at", "-pk")[:MAX_ENTRIES]
    changed = Change.objects.price_lists().filter(provider__in=chosen)[:MAX_ENTRIES]
    entries = [
        Entry(row.created_at, row.slug, "opened", f"{row.name} is listed", row.description) for row in opened
    ]
    entries += [
        Entry(
            change.at,
            change.provider.slug,
            f"prices/{change.version}",
            f"{change.provider.name}: new prices",
            price_sentence(change.old or [], change.new or []),
        )
        for change in changed
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MAX_ENTRIES]


def price_sentence(old: list[dict[str, str]], new: list[dict[str, str]]) -> str:
    """Return what changed between two price lists: `Cumulus now $7.49 (was $7.99); Nimbus no more.`."""
    before, after = _prices(old), _prices(new)
    parts = []
    for plan in {**after, **before}:
        label = plan_label(*plan)
        if plan not in after:
            parts.append(f"{label} no more")
        elif plan not in before:
            parts.append(f"{label} at {money(after[plan])}")
        elif before[plan] != after[plan]:
            parts.append(f"{label} now {money(after[plan])} (was {money(before[plan])})")
    return "; ".join(parts) + "." if parts else "The order of the prices."


def _prices(tiers: list[dict[str, str]]) -> Prices:
    return {(tier["tier"], tier["planName"]): Decimal(tier["price"]) for tier in tiers}
