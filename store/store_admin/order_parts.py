"""What an order's page shows below the order: lines, money that went back, commands."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from store.models import Order, OrderCommand, OrderItem, Refund, TeamPermission
from store.store_admin.amounts import shown
from store.store_admin.chosen import store_of
from store.store_admin.order_forms import LineForm
from store.store_admin.package_choices import has_many_packages
from store.store_admin.tenancy import TenantInline

MOST_COMMANDS = 200


class NewLines(TenantInline):
    """The lines of an order that is being made."""

    model = OrderItem
    store_path = "order__store"
    permission = TeamPermission.ORDERS
    field_name: ClassVar[str] = "items"
    form = LineForm
    fields = ["package", "quantity", "server", "custom_price"]
    verbose_name, verbose_name_plural = "line", "lines"
    extra = 3

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Complete packages where a list of all would be long; a short list works without scripts."""
        return ("package",) if has_many_packages(store_of(request)) else ()


class Lines(TenantInline):
    """The lines of an order, as they were sold."""

    model = OrderItem
    store_path = "order__store"
    verbose_name_plural = "lines"
    hide_title = True
    fields = ["package_name", "quantity", "listed", "paid", "coupon_share", "cost", "server", "expires_at"]
    readonly_fields = ["listed", "paid", "coupon_share", "cost"]

    @admin.display(description="List price")
    def listed(self, item: OrderItem) -> str:
        """Return the price of one unit before a sale."""
        return shown(item.list_price, item.order.store)

    @admin.display(description="Price")
    def paid(self, item: OrderItem) -> str:
        """Return the price of one unit after a sale."""
        return shown(item.price_at_purchase, item.order.store)

    @admin.display(description="Coupon")
    def coupon_share(self, item: OrderItem) -> str:
        """Return the line's part of the coupon."""
        return shown(-item.discount, item.order.store) if item.discount else ""

    @admin.display(description="Total")
    def cost(self, item: OrderItem) -> str:
        """Return what the line cost."""
        return shown(item.total, item.order.store)


class Refunds(TenantInline):
    """Money that went back."""

    model = Refund
    store_path = "order__store"
    hide_title = True
    fields = ["created_at", "back", "to_the_card", "reason"]
    readonly_fields = ["created_at", "back", "to_the_card"]

    @admin.display(description="Amount")
    def back(self, refund: Refund) -> str:
        """Return all that went back."""
        return shown(refund.amount, refund.order.store)

    @admin.display(description="Of it to the gift card")
    def to_the_card(self, refund: Refund) -> str:
        """Return the part that went back to the card."""
        return shown(refund.to_card or Decimal(0), refund.order.store)


def commands_of(order: Order) -> SafeString | str:
    """Return a table of the commands that the order called for, the first two hundred."""
    rows: Any = OrderCommand.objects.filter(item__order=order).select_related("server", "item")
    commands = list(rows.order_by("created_at", "item__position", "pk")[:MOST_COMMANDS])
    return render_to_string("store_admin/commands.html", {"commands": commands}) if commands else "None"
