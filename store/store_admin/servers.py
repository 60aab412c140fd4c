"""Game servers: made, renamed, removed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from store.models import Server, Store, TeamPermission
from store.server_serializers import ServerInput
from store.services import add_server, remove_server, rename_server
from store.store_admin.api_rules import as_the_api
from store.store_admin.chosen import person_of, store_of
from store.store_admin.forms import TenantForm
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin


class ServerForm(TenantForm):
    """A server's name."""

    class Meta:
        model = Server
        fields = ("name",)
        help_texts = {"name": "As players know it. Packages name the servers on which they are delivered."}


@admin.register(Server, site=store_admin_site)
class ServerAdmin(TenantModelAdmin):
    """The game servers of the store."""

    group, icon = "Configuration", "dns"
    permission = TeamPermission.EDIT
    form = ServerForm
    list_display = ["name", "id", "created_at"]
    search_fields = ["name", "=id"]
    ordering = ["name", "pk"]
    fields = ["name", "id", "created_at"]
    readonly_fields = ["id", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new server has no id yet."""
        return self.fields if obj else ["name"]

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Server:
        """Add a server."""
        return add_server(store=store, actor=person_of(request), **as_the_api(ServerInput, fields, store))

    def update(self, request: HttpRequest, obj: Server, fields: dict[str, Any]) -> Server:
        """Rename a server."""
        store = store_of(request)
        return rename_server(
            server=obj, store=store, actor=person_of(request), **as_the_api(ServerInput, fields, store)
        )

    def remove(self, request: HttpRequest, obj: Server) -> None:
        """Remove a server with the commands that run on it alone."""
        remove_server(server=obj, store=store_of(request), actor=person_of(request))
