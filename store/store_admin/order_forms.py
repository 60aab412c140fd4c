"""The forms of orders: making one by hand, and giving money back."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from store import money
from store.models import Order, OrderItem, Store
from store.order_serializers import MAX_ITEMS, MAX_QUANTITY, OrderInput, RefundInput
from store.services.orders import OrderFields
from store.store_admin.amounts import shown
from store.store_admin.forms import TenantForm

# The button that asks what an order would cost; what says that its price was shown with a gift card.
PRICE, HAD_CARD = "_price", "_had_card"


class Unshown(UnfoldAdminTextInputWidget):
    """A text that a page never shows again, not even to who typed it."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the field, empty."""
        return dict(super().get_context(name, None, attrs))


class OrderForm(TenantForm):
    """What makes a manual order, without its lines. The API's own rules judge it."""

    player_username = forms.CharField(
        label="Player", max_length=32, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )
    player_uuid = forms.CharField(
        label="Player UUID",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="With or without hyphens.",
    )
    email = forms.CharField(
        label="E-mail", required=False, max_length=254, widget=UnfoldAdminEmailInputWidget(attrs={"type": "email"})
    )
    coupon_code = forms.CharField(label="Coupon code", required=False, widget=UnfoldAdminTextInputWidget)
    gift_card_code = forms.CharField(
        label="Gift card code",
        required=False,
        widget=Unshown(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="To be typed again after an error or a look at the price: a code is shown nowhere.",
    )
    ignore_limits = forms.BooleanField(
        label="Look past stock, limits and requirements",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="The order then takes no stock.",
    )
    ignore_ban = forms.BooleanField(label="Look past bans", required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = Order
        fields: list[str] = []

    def is_valid(self) -> bool:
        """Return whether an order shall be made; who asks for the price gets the form again, without a fault."""
        return super().is_valid() and PRICE not in self.data

    def clean(self) -> dict[str, Any]:
        """Let nobody save without the gift card with which the price was shown to them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if HAD_CARD in self.data and PRICE not in self.data and not cleaned.get("gift_card_code"):
            text = "Type the code again, for the price was shown with it, or have the price shown without it."
            self.add_error("gift_card_code", text)
        return cleaned


class LineForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One line of a new order."""

    custom_price = forms.DecimalField(
        label="Own price",
        required=False,
        min_value=0,
        max_value=money.MAX_AMOUNT,
        max_digits=12,
        decimal_places=money.MAX_EXPONENT,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text="Of one unit, where the package allows it.",
    )

    class Meta:
        model = OrderItem
        fields = ["package", "quantity", "server"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].initial = 1
        self.fields["quantity"].widget.attrs |= {"min": 1, "max": MAX_QUANTITY}


class RefundForm(forms.Form):
    """How much goes back, and why. so_far: what had gone back when the form was shown."""

    amount = forms.DecimalField(
        required=False, max_digits=12, decimal_places=money.MAX_EXPONENT, widget=UnfoldAdminDecimalFieldWidget
    )
    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget)
    so_far = forms.DecimalField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, order: Order) -> None:
        super().__init__(data, initial={"so_far": order.refunded_amount})
        left = shown(order.total_amount - order.refunded_amount, order.store)
        self.fields["amount"].help_text = f"Empty gives back all that is left: {left}."
        self.fields["amount"].widget.attrs["step"] = str(money.quantum(order.store.currency))


def order_fields(fields: dict[str, Any], store: Store) -> OrderFields:
    """Return what was posted as the services want it; raises InvalidFields (400) as the API does."""
    body: dict[str, Any] = {
        "playerUsername": fields["player_username"],
        "items": [_line(line) for line in fields.get("items", ())][: MAX_ITEMS + 1],
        "ignoreLimits": fields["ignore_limits"],
        "ignoreBan": fields["ignore_ban"],
    }
    optional = {
        "playerUuid": "player_uuid",
        "email": "email",
        "couponCode": "coupon_code",
        "giftCardCode": "gift_card_code",
    }
    body |= {name: fields[column] for name, column in optional.items() if fields[column]}
    parsed: Any = OrderInput.parse_data(body, context={"store": store})
    return parsed  # type: ignore[no-any-return]  # the serializer's sources are the names of OrderFields


def refund_fields(fields: dict[str, Any], store: Store) -> dict[str, Any]:
    """Return what was posted as the service wants it; raises InvalidFields (400) as the API does."""
    amount: Decimal | None = fields["amount"]
    body = {"reason": fields["reason"]} | ({} if amount is None else {"amount": amount})
    return RefundInput.parse_data(body, context={"store": store}) | {"so_far": fields["so_far"]}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    body = {"packageId": str(line["package"].pk), "quantity": line["quantity"]}
    if line["server"] is not None:
        body["serverId"] = str(line["server"].pk)
    if line["custom_price"] is not None:
        body["customPrice"] = line["custom_price"]
    return body
