"""Bans over HTTP."""

from typing import Any

from django.db.models import QuerySet

from store.ban_serializers import BanChangesInput, BanInput, BanOutput
from store.listing import BY_IDS, CREATED, UPDATED, Listing, true_or_false
from store.models import Ban, Store
from store.resources import Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.searching import Search
from store.services import bans

BANS = Listing(
    output=BanOutput,
    sorts={"createdAt": "created_at", "updatedAt": "updated_at"},
    default_sort="createdAt",
    search=Search(("ip_address", "reason"), players=True),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "isActive": (true_or_false(None, "Whether it is switched on, expired or not."), "is_active"),
    },
)


class BanView(ResourceView):
    """What the views of bans share."""

    area = "Bans"
    noun, plural = "ban", "bans"
    listing, input, output = BANS, BanInput, BanOutput

    def rows(self, store: Store) -> QuerySet[Ban]:
        """Return the store's bans."""
        return Ban.objects.of_store(store)


@documented
class BanListView(Listed, Created, BanView):
    """`/api/v1/bans`."""

    def create(self, fields: dict[str, Any]) -> Ban:
        """Create a ban."""
        return bans.create_ban(store=self.store, key=self.key, **fields)


@documented
class BanDetailView(Read, Updated, Deleted, BanView):
    """`/api/v1/bans/{id}`."""

    changes = BanChangesInput

    def update(self, row: Ban, fields: dict[str, Any]) -> Ban:
        """Change a ban."""
        return bans.update_ban(ban=row, store=self.store, key=self.key, **fields)

    def remove(self, row: Ban) -> None:
        """Lift a ban."""
        bans.delete_ban(ban=row, store=self.store, key=self.key)
