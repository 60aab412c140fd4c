"""FluxStore in the staff admin: visible and searchable, for support; writes go through the services."""

from django.contrib import admin

from audit.admin_base import ReadOnlyAdmin
from store.models import Category, Package, Server, Store


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    """Stores with the account that owns them."""

    list_display = ["name", "store_id", "account", "currency", "timezone", "is_demo", "created_at"]
    list_select_related = ["account"]
    search_fields = ["=store_id", "name", "account__name"]
    ordering = ["-pk"]


@admin.register(Server)
class ServerAdmin(ReadOnlyAdmin):
    """Game servers."""

    list_display = ["name", "store", "created_at"]
    list_select_related = ["store"]
    search_fields = ["=id", "=store__store_id", "name"]


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    """Categories."""

    list_display = ["name", "store", "parent", "created_at"]
    list_select_related = ["store", "parent"]
    search_fields = ["=id", "=store__store_id", "name"]


@admin.register(Package)
class PackageAdmin(ReadOnlyAdmin):
    """Packages, hidden ones too."""

    list_display = ["name", "store", "price", "type", "is_active", "hidden_at", "created_at"]
    list_select_related = ["store"]
    list_filter = ["type", "is_active"]
    search_fields = ["=id", "=store__store_id", "name"]
    show_full_result_count = False
