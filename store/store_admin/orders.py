"""Orders: looked at, made by hand, refunded, cancelled, charged back. Never edited."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display

from store.masking import emails_for
from store.models import Order, OrderStatus, Store, TeamPermission
from store.services import orders, refunds
from store.store_admin import order_forms
from store.store_admin.amounts import shown
from store.store_admin.asking import Nothing, ask, posted
from store.store_admin.chosen import may, person_of, store_of
from store.store_admin.filters import TenantRelatedFilter
from store.store_admin.order_filters import DayRangeFilter, PackageFilter, PeriodFilter, found
from store.store_admin.order_parts import Lines, NewLines, Refunds, commands_of
from store.store_admin.order_prices import price_in
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_COLOURS = {"Paid": "success", "Pending": "info", "Refunded": "warning", "Chargeback": "danger"}
_NEW = ["player_username", "player_uuid", "email", "coupon_code", "gift_card_code", "ignore_limits", "ignore_ban"]


@admin.register(Order, site=store_admin_site)
class OrderAdmin(TenantModelAdmin):
    """The orders of the store."""

    group, icon = "Sales", "receipt_long"
    permission = TeamPermission.ORDERS
    form = order_forms.OrderForm
    change_form_template = "store_admin/order_form.html"
    list_display = ["created_at", "player_username", "state", "total", "payment_provider"]
    list_filter = [
        "status",
        "payment_provider",
        PeriodFilter,
        ("created_at", DayRangeFilter),
        PackageFilter,
        ("coupon", TenantRelatedFilter),
    ]
    list_filter_submit = True
    list_display_links = ["created_at", "player_username"]
    search_fields = ["player_username"]
    search_help_text = "A player's name or UUID, an order's id or a payment's id"
    ordering = ["-created_at", "-id"]
    actions_detail = ["refund", "cancel", "charge_back"]
    inlines = [NewLines, Lines, Refunds]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Bring the store, which knows the currency."""
        rows: QuerySet[Order] = super().get_queryset(request).select_related("store")
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by indexes."""
        rows: Any = queryset
        return (found(rows, search_term, store_of(request)) if search_term.strip() else rows), False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Lines to fill in for a new order, what was sold for an old one."""
        if obj is None:
            return [NewLines]
        return [Lines, Refunds] if obj.refunded_amount else [Lines]

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """Return the form's fields for a new order, everything that is known of an old one."""
        if obj is None:
            return [(None, {"fields": _NEW})]
        mail = email_of(request)
        who = ["state", "customer", "player_uuid", mail, "created_at", "paid_at", "updated_at"]
        money = [
            "subtotal_shown",
            "coupon",
            "discount",
            "total",
            "gift_card",
            "by_card",
            "refunded",
            "refunded_card",
        ]
        paid = ["payment_provider", "transaction_id", "ignores_limits"]
        return [
            ("Order", {"fields": ["id", *who]}),
            ("Money", {"fields": money + paid}),
            ("Commands", {"fields": ["commands"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing of an order is edited."""
        return [name for _, part in self.get_fieldsets(request, obj) for name in part["fields"]] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show with the form of a new order what it would cost, when somebody asks."""
        if add:
            context |= price_in(context, request, store_of(request))
        return cast(HttpResponse, super().render_change_form(request, context, add, *args, **kwargs))

    def get_csv_columns(self, request: HttpRequest) -> list[Any]:
        """Return the columns of the export."""
        names = ["id", "created_at", "status", "player_username", "player_uuid", email_of(request), "subtotal"]
        amounts = ["coupon_discount_amount", "total_amount", "gift_card_amount", "refunded_amount"]
        return [*names, *amounts, "payment_currency", "payment_provider", "transaction_id"]

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Order:
        """Make a manual order."""
        return orders.create_order(store=store, user=person_of(request), **order_forms.order_fields(fields, store))

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the person may give money of this order back, and there is a payment to undo."""
        return self._stands(request, object_id, OrderStatus.PAID) and may(request, TeamPermission.REFUNDS)

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the person may cancel this order, and it was not paid."""
        return self._stands(request, object_id, OrderStatus.PENDING) and self.may_write(request)

    @action(description="Refund", url_path="refund", permissions=["refund"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give money back, all or a part."""
        order: Order = self.row(request, object_id)

        def act(fields: dict[str, Any]) -> str:
            given = order_forms.refund_fields(fields, order.store)
            after = refunds.refund_order(order=order, store=order.store, user=person_of(request), **given)
            return f"{shown(after.refunded_amount - order.refunded_amount, order.store)} went back."

        text = (
            "Money goes back to the order's gift card first. Once all of it is back, the units return to the "
            "stock, its subscriptions end and the refund commands are recorded."
        )
        form = order_forms.RefundForm(posted(request), order=order)
        return ask(self, request, order, form, act, title="Refund", verb="Refund", text=text, is_dangerous=True)

    @action(description="Cancel", url_path="cancel", permissions=["cancel"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel an order that was not paid."""
        order: Order = self.row(request, object_id)

        def act(fields: dict[str, Any]) -> str:
            orders.cancel_order(order=order, store=order.store, user=person_of(request))
            return "The order is cancelled."

        text = "Stock, coupon and gift card will be as if the order had never been. This cannot be undone."
        form = Nothing(posted(request))
        return ask(self, request, order, form, act, title="Cancel", verb="Cancel the order", text=text)

    @action(description="Mark as chargeback", url_path="chargeback", permissions=["refund"], icon="gavel")
    def charge_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Book that the player took the payment back."""
        order: Order = self.row(request, object_id)

        def act(fields: dict[str, Any]) -> str:
            refunds.charge_back_order(order=order, store=order.store, user=person_of(request))
            return "The order is marked as charged back."

        ban = " The player is banned." if order.store.bans_on_chargeback else ""
        text = (
            "For a payment that the player's bank took back. Gift cards that the order bought are frozen, its "
            f"subscriptions end and the chargeback commands are recorded.{ban} This cannot be undone."
        )
        form = Nothing(posted(request))
        return ask(self, request, order, form, act, title="Chargeback", verb="Mark", text=text, is_dangerous=True)

    @display(description="Status", ordering="status", label=_COLOURS)
    def state(self, order: Order) -> str:
        """Return where the order stands."""
        return order.status

    @admin.display(description="Total", ordering="total_amount")
    def total(self, order: Order) -> str:
        """Return what the order cost."""
        return shown(order.total_amount, order.store)

    @admin.display(description="Subtotal")
    def subtotal_shown(self, order: Order) -> str:
        """Return the sum after sales, before the coupon."""
        return shown(order.subtotal, order.store)

    @admin.display(description="Coupon discount")
    def discount(self, order: Order) -> str:
        """Return what the coupon took off."""
        return shown(order.coupon_discount_amount, order.store)

    @admin.display(description="Paid by gift card")
    def by_card(self, order: Order) -> str:
        """Return the part of the total that a gift card paid."""
        return shown(order.gift_card_amount, order.store)

    @admin.display(description="Refunded")
    def refunded(self, order: Order) -> str:
        """Return what went back so far."""
        return shown(order.refunded_amount, order.store)

    @admin.display(description="Of it to the gift card")
    def refunded_card(self, order: Order) -> str:
        """Return what went back to the gift card so far."""
        return shown(order.refunded_to_card, order.store)

    @admin.display(description="To run on the servers")
    def commands(self, order: Order) -> str:
        """Return the table of commands."""
        return commands_of(order)

    def _stands(self, request: HttpRequest, object_id: str | None, status: OrderStatus) -> bool:
        order = self.get_object(request, str(object_id)) if object_id else None
        return order is not None and order.status == status


def email_of(request: HttpRequest) -> Callable[[Order], str]:
    """Return the column of e-mail addresses as this person sees them."""
    shown_to = emails_for(person_of(request), store_of(request))

    @admin.display(description="E-mail")
    def email(order: Order) -> str:
        return shown_to(order.email)

    return email
