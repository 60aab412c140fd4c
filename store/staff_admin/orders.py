"""Orders of every store, refunded, cancelled and charged back by the staff; customers and subscriptions."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts.models import User
from store.masking import email_for
from store.models import Customer, Order, OrderItem, OrderStatus, Refund, Subscription
from store.players import player_key
from store.services import orders, refunds, renewals
from store.services.subscriptions import ENDED
from store.staff_admin.base import ReasonForm, StaffAdmin, amount
from store.staff_admin.search import orders_meant_by, orders_of_player
from store.store_admin.amounts import shown
from store.store_admin.order_forms import RefundForm, refund_fields


class LookInline(TabularInline):
    """Rows below another, to look at."""

    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        return False


class LineInline(LookInline):
    """What was sold."""

    model = OrderItem
    fields = readonly_fields = ["package_name", "quantity", "price_at_purchase", "discount", "total", "server"]


class RefundInline(LookInline):
    """What went back."""

    model = Refund
    fields = readonly_fields = ["amount", "to_card", "reason", "created_at"]


class StaffRefundForm(ReasonForm, RefundForm):
    """How much goes back, and why; nothing that would be kept in the trail for good."""

    field_order = ["amount", "reason", "so_far"]


@admin.register(Order)
class OrderAdmin(StaffAdmin):
    """Orders, the newest first."""

    list_display = ["created_at", "store", "player_username", "status", "total", "payment_provider"]
    list_display_links = ["created_at", "player_username"]
    list_filter = ["status", "payment_provider"]
    search_help_text = "A store's id, and the id of an order or a payment, or a player's name or UUID, whole."
    actions_detail = ["refund", "cancel", "charge_back"]
    inlines = [LineInline, RefundInline]
    fields: ClassVar[list[str]] = [
        *("id", "store", "customer", "player_username", "player_uuid", "masked_email", "status", "trail"),
        *("subtotal_shown", "coupon", "discount", "total", "gift_card", "by_card", "refunded", "refunded_card"),
        *("payment_provider", "transaction_id", "ignores_limits", "created_at", "paid_at", "updated_at"),
    ]
    subtotal_shown, total = amount("subtotal", "Subtotal"), amount("total_amount", "Total")
    discount, by_card = (
        amount("coupon_discount_amount", "Coupon discount"),
        amount("gift_card_amount", "By gift card"),
    )
    refunded, refunded_card = (
        amount("refunded_amount", "Refunded"),
        amount("refunded_to_card", "Of it to the card"),
    )

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: an order or a player."""
        return Q(pk=wanted) | orders_of_player(player_uuid=wanted)

    def by_word(self, word: str) -> Q:
        """Return what a word means: a player or a payment."""
        return orders_meant_by(word)

    @admin.display(description="E-mail")
    def masked_email(self, order: Order) -> str:
        """Return the address, masked: the staff are programs' equals here."""
        return email_for(None, order.store, order.email)

    def has_paid_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether there is a payment to undo."""
        return self.may_act(request, object_id, lambda order: order.status == OrderStatus.PAID)

    def has_pending_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the order was not paid."""
        return self.may_act(request, object_id, lambda order: order.status == OrderStatus.PENDING)

    @action(description="Refund", url_path="refund", permissions=["paid"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give money back, all or a part."""

        def act(order: Order, fields: dict[str, Any], person: User) -> str:
            given = refund_fields(fields, order.store)
            after = refunds.refund_order(order=order, store=order.store, user=person, **given)
            return f"{shown(after.refunded_amount - order.refunded_amount, order.store)} went back."

        def form(posted: Any, order: Order) -> forms.Form:
            return StaffRefundForm(posted, order=order)

        text = "Money goes to the gift card first. Once all is back, stock returns and subscriptions end."
        return self.deed(request, object_id, act, verb="Refund", done="refunded", text=text, form=form)

    @action(description="Cancel", url_path="cancel", permissions=["pending"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel an order that was not paid."""

        def act(order: Order, fields: dict[str, Any], person: User) -> str:
            orders.cancel_order(order=order, store=order.store, user=person)
            return "The order is cancelled."

        text = "Stock, coupon and gift card will be as if the order had never been."
        return self.deed(request, object_id, act, verb="Cancel the order", done="cancelled", text=text)

    @action(description="Mark as chargeback", url_path="chargeback", permissions=["paid"], icon="gavel")
    def charge_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Book that the payment was taken back."""

        def act(order: Order, fields: dict[str, Any], person: User) -> str:
            refunds.charge_back_order(order=order, store=order.store, user=person)
            return "The order is marked as charged back."

        text = "Cards that it bought are frozen, its subscriptions end; the store may ban the player."
        return self.deed(request, object_id, act, verb="Mark as chargeback", done="charged_back", text=text)


@admin.register(Customer)
class CustomerAdmin(StaffAdmin):
    """Players who bought something."""

    list_display = ["player_username", "store", "player_uuid", "spent", "orders_count", "last_purchase_at"]
    search_help_text = "A store's id, a customer's id, a player's UUID, or the beginning of a name."
    fields: ClassVar[list[str]] = [
        *("id", "store", "player_username", "player_uuid", "spent", "orders_count", "last_purchase_at"),
        *("created_at", "trail"),
    ]
    spent = amount("total_spent", "Total spent")

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: a customer or a player."""
        return Q(pk=wanted) | Q(player_uuid=wanted)

    def by_word(self, word: str) -> Q:
        """Return what a word means: the beginning of a player's name."""
        return Q(player_key__startswith=player_key(word))


@admin.register(Subscription)
class SubscriptionAdmin(StaffAdmin):
    """Packages that renew."""

    list_display = ["customer", "store", "package", "status", "current_period_end", "cancel_at_period_end"]
    list_select_related = ["store", "customer", "package"]
    list_filter = ["status"]
    search_help_text = "A store's id, a subscription's id, a player's UUID, or the beginning of a name."
    actions_detail = ["end"]
    fields: ClassVar[list[str]] = [
        *("id", "store", "customer", "package", "status", "anchor_at", "periods", "current_period_end"),
        *("cancel_at_period_end", "created_at", "updated_at", "trail"),
    ]

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: a subscription or a player."""
        return Q(pk=wanted) | Q(customer__player_uuid=wanted)

    def by_word(self, word: str) -> Q:
        """Return what a word means: the beginning of a player's name."""
        return Q(customer__player_key__startswith=player_key(word))

    def has_running_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether it has not ended."""
        return self.may_act(request, object_id, lambda row: row.status not in ENDED)

    @action(description="End at once", url_path="end", permissions=["running"], icon="cancel")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it now."""

        def act(row: Subscription, fields: dict[str, Any], person: User) -> str:
            renewals.cancel_subscription(subscription=row, store=row.store, at_period_end=False, user=person)
            return "The subscription has ended."

        text = "Its expiry commands are recorded now. Nothing is paid back: refund the order for that."
        return self.deed(request, object_id, act, verb="End at once", done="ended", text=text)
