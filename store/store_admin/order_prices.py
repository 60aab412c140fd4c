"""What a manual order would cost, shown in its form before anything is made."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.helpers import AdminErrorList
from django.forms import all_valid
from django.http import HttpRequest

from api.errors import PlatformError
from store.models import Order, OrderItem, Store
from store.services import orders
from store.store_admin import refusals
from store.store_admin.amounts import shown
from store.store_admin.order_forms import HAD_CARD, PRICE, order_fields
from store.store_admin.writing import fields_of


@dataclass(frozen=True, slots=True)
class Price:
    """The order that would be made, in words."""

    order: Order
    store: Store

    @property
    def lines(self) -> list[dict[str, str]]:
        """Return each line with its amounts."""
        return [self._line(line) for line in self.order.lines]

    @property
    def sums(self) -> list[tuple[str, str]]:
        """Return what the lines add up to, step by step."""
        order = self.order
        steps = [("Subtotal", order.subtotal)]
        if order.coupon:
            steps.append((f"Coupon {order.coupon.code}", -order.coupon_discount_amount))
        steps.append(("Total", order.total_amount))
        if order.gift_card:
            steps.append(("By gift card", -order.gift_card_amount))
        steps.append(("To pay", order.total_amount - order.gift_card_amount))
        return [(name, shown(amount, self.store)) for name, amount in steps]

    def _line(self, line: OrderItem) -> dict[str, str]:
        unit, listed = shown(line.price_at_purchase, self.store), shown(line.list_price, self.store)
        return {
            "name": f"{line.package_name} × {line.quantity}",
            "unit": f"{unit} each" if unit == listed else f"{unit} each, {listed} without the sale",
            "coupon": shown(-line.discount, self.store) if line.discount else "",
            "total": shown(line.total, self.store),
        }


def price_in(context: dict[str, Any], request: HttpRequest, store: Store) -> dict[str, Any]:
    """Return what the page of a new order has besides: its price, when that was asked for, or why it has none.

    context: of the form. Nothing is written, and nothing is held.
    """
    found: dict[str, Any] = {"shows_prices": True, "had_card": HAD_CARD in request.POST}
    form = context["adminform"].form
    formsets = [part.formset for part in context["inline_admin_formsets"]]
    if PRICE not in request.POST or form.errors or not all_valid(formsets):
        return found
    try:
        given = order_fields(fields_of(form, formsets, change=False), store)
        order = orders.simulate_order(store=store, **given)
    except PlatformError as error:
        refusals.add_to(form, error)
        return found | {"errors": AdminErrorList(form, formsets)}
    return found | {"price": Price(order, store), "had_card": order.gift_card is not None}
