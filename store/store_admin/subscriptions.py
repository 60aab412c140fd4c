"""Subscriptions that orders began. Only looked at."""

from django.contrib import admin
from unfold.decorators import display

from store.models import Subscription
from store.store_admin.filters import TenantRelatedFilter
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_COLOURS = {"active": "success", "past_due": "warning", "expired": "info"}


@admin.register(Subscription, site=store_admin_site)
class SubscriptionAdmin(TenantModelAdmin):
    """Packages that renew."""

    group, icon = "Sales", "autorenew"
    list_display = ["customer", "package", "state", "current_period_end", "cancel_at_period_end", "created_at"]
    list_select_related = ["customer", "package"]
    list_filter = ["status", "cancel_at_period_end", ("package", TenantRelatedFilter)]
    search_fields = ["customer__player_key", "=customer__player_uuid"]
    ordering = ["-created_at", "-id"]
    fields = [
        "customer",
        "package",
        "state",
        "periods",
        "anchor_at",
        "current_period_end",
        "cancel_at_period_end",
        "created_at",
        "updated_at",
    ]
    readonly_fields = ["state", "created_at", "updated_at"]

    @display(description="Status", ordering="status", label=_COLOURS)
    def state(self, subscription: Subscription) -> str:
        """Return where the subscription stands."""
        return subscription.status
