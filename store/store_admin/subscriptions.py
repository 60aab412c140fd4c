"""Subscriptions that orders began: looked at, and cancelled. Time and orders do everything else."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget

from store.models import Subscription, TeamPermission
from store.services import renewals
from store.services.subscriptions import ENDED
from store.store_admin.asking import Nothing, ask, posted
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import TenantRelatedFilter
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_COLOURS = {"active": "success", "past_due": "warning", "expired": "info"}
_WITH_ITS_PERIOD, _AT_ONCE = "period", "now"


class CancelForm(forms.Form):
    """When a subscription ends."""

    when = forms.ChoiceField(
        label="When it ends",
        initial=_WITH_ITS_PERIOD,
        widget=UnfoldAdminRadioSelectWidget,
        help_text="Ending at once records its expiry commands now.",
    )

    def __init__(self, data: Any, *, subscription: Subscription) -> None:
        super().__init__(data)
        end = date_format(timezone.localtime(subscription.current_period_end), "DATETIME_FORMAT")
        field: Any = self.fields["when"]
        field.choices = [(_WITH_ITS_PERIOD, f"With its period, {end}"), (_AT_ONCE, "At once")]


@admin.register(Subscription, site=store_admin_site)
class SubscriptionAdmin(TenantModelAdmin):
    """Packages that renew."""

    group, icon = "Sales", "autorenew"
    permission = TeamPermission.ORDERS
    list_display = ["customer", "package", "state", "current_period_end", "cancel_at_period_end", "created_at"]
    list_select_related = ["customer", "package"]
    list_filter = ["status", "cancel_at_period_end", ("package", TenantRelatedFilter)]
    search_fields = ["customer__player_key", "=customer__player_uuid"]
    ordering = ["-created_at", "-id"]
    actions_detail = ["cancel"]
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

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the person may cancel this subscription, and it has not ended."""
        row = self.get_object(request, str(object_id)) if object_id else None
        return row is not None and row.status not in ENDED and self.may_write(request)

    @action(description="Cancel", url_path="cancel", permissions=["cancel"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a subscription end with its period, or at once."""
        row: Subscription = self.row(request, object_id)
        store = store_of(request)

        def act(fields: dict[str, Any]) -> str:
            is_later = fields.get("when") == _WITH_ITS_PERIOD
            renewals.cancel_subscription(
                subscription=row, store=store, at_period_end=is_later, user=person_of(request)
            )
            return "The subscription ends with its period." if is_later else "The subscription has ended."

        form: forms.Form = CancelForm(posted(request), subscription=row)
        text = "It will not be renewed, and that cannot be undone."
        if row.cancel_at_period_end:
            # It ends with its period already: what is left is to end it now.
            form = Nothing(posted(request))
            text = "It ends at once, and its expiry commands are recorded now. That cannot be undone."
        text += " Nothing is paid back: refund its order for that."
        verb = "Cancel the subscription"
        return ask(self, request, row, form, act, title="Cancel", verb=verb, text=text, is_dangerous=True)
