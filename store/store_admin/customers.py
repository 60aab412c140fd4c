"""Customers: what orders made of players. Only looked at."""

from decimal import Decimal

from django.contrib import admin

from store import money
from store.models import Customer
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin


@admin.register(Customer, site=store_admin_site)
class CustomerAdmin(TenantModelAdmin):
    """Players who bought something."""

    group, icon = "Players", "person"
    list_display = ["player_username", "player_uuid", "spent", "orders_count", "last_purchase_at", "created_at"]
    search_fields = ["player_key__startswith", "=player_uuid"]
    ordering = ["-last_purchase_at", "-id"]
    fields = ["player_username", "player_uuid", "spent", "orders_count", "last_purchase_at", "created_at"]
    readonly_fields = ["spent"]

    @admin.display(description="Total spent", ordering="total_spent")
    def spent(self, customer: Customer) -> Decimal:
        """Return the sum with the decimals of the store's currency."""
        return money.written(customer.total_spent, money.quantum(customer.store.currency))
