"""Customers: what orders made of players. Only looked at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.identities import normal_uuid
from store.models import Customer
from store.players import player_key
from store.store_admin.amounts import shown
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin


@admin.register(Customer, site=store_admin_site)
class CustomerAdmin(TenantModelAdmin):
    """Players who bought something."""

    group, icon = "Players", "person"
    list_select_related = ["store"]
    csv_columns = (
        "player_username",
        "player_uuid",
        "total_spent",
        "orders_count",
        "last_purchase_at",
        "created_at",
    )
    list_display = ["player_username", "player_uuid", "spent", "orders_count", "last_purchase_at", "created_at"]
    search_fields = ["player_username"]
    search_help_text = "A part of the name, or the UUID"
    ordering = ["-last_purchase_at", "-id"]
    fields = ["player_username", "player_uuid", "spent", "orders_count", "last_purchase_at", "created_at"]
    readonly_fields = ["spent"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search names as they are compared, and UUIDs however they are written."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(player_uuid=normal_uuid(search_term.strip())), False
        except ValueError:
            return queryset.filter(player_key__contains=player_key(search_term)), False

    @admin.display(description="Total spent", ordering="total_spent")
    def spent(self, customer: Customer) -> str:
        """Return what was paid and not given back."""
        return shown(customer.total_spent, customer.store)
