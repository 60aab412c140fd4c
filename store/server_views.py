"""Servers over HTTP; they are managed in the store admin."""

from django.db.models import QuerySet

from store.listing import Listing
from store.models import Server, Store
from store.resources import Listed, documented
from store.searching import Search
from store.server_serializers import ServerOutput

SERVERS = Listing(
    output=ServerOutput,
    sorts={"createdAt": "created_at", "name": "name"},
    default_sort="createdAt",
    search=Search(("name",)),
)


@documented
class ServerListView(Listed):
    """`/api/v1/servers`."""

    area = "Packages"
    noun, plural = "server", "servers"
    listing, output = SERVERS, ServerOutput

    def rows(self, store: Store) -> QuerySet[Server]:
        """Return the store's servers."""
        return Server.objects.of_store(store)
