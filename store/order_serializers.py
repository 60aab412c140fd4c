"""The JSON of orders."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from rest_framework import serializers

from api.fields import StrictBooleanField, StrictCharField, StrictIntegerField
from api.serializers import StrictSerializer
from store.fields import NOT_ZERO, IdField, MoneyField, MoneyOutputField
from store.masking import EmailField, MaskedEmailField
from store.models import Order, OrderItem, OrderStatus, PaymentProvider
from store.player_serializers import PlayerInput
from store.services.carts import Wish

MAX_ITEMS, MAX_QUANTITY = 50, 100


class OrderItemInput(StrictSerializer):
    """One line of a new order."""

    packageId = IdField(source="package_id")
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)
    serverId = IdField(
        source="server_id",
        required=False,
        allow_null=True,
        help_text="One of the package's; needed when the player may choose. Without it, all of the package's.",
    )
    customPrice = MoneyField(
        source="custom_price",
        required=False,
        allow_null=True,
        help_text="Of one unit, at least the list price; for packages that allow it.",
    )

    def to_internal_value(self, data: Any) -> Any:
        """Return the line as the services want it."""
        return Wish(**super().to_internal_value(data))


class OrderInput(PlayerInput):
    """What makes a manual order."""

    email = EmailField(required=False, allow_null=True)
    items = OrderItemInput(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    couponCode = StrictCharField(
        source="coupon_code", max_length=64, one_line=True, required=False, allow_null=True
    )
    giftCardCode = StrictCharField(
        source="gift_card_code", max_length=64, one_line=True, required=False, allow_null=True
    )
    ignoreLimits = StrictBooleanField(
        source="ignore_limits",
        required=False,
        help_text="Looks past stock, limits, requirements and whether a package is on sale, and takes no stock.",
    )
    ignoreBan = StrictBooleanField(source="ignore_ban", required=False)
    simulate = StrictBooleanField(
        required=False, help_text="Answers what the order would be, without ids, and writes nothing."
    )


class RefundInput(StrictSerializer):
    """What gives money back."""

    amount = MoneyField(
        required=False, allow_null=True, min_value=NOT_ZERO, help_text="Without it, all that is left."
    )
    reason = StrictCharField(max_length=500)


class CancelInput(StrictSerializer):
    """Nothing."""


class OrderItemOutput(serializers.Serializer[OrderItem]):
    """One line of an order, as it was sold."""

    id = serializers.UUIDField(allow_null=True, help_text="Null in a simulation.")
    packageId = serializers.UUIDField(source="package_id")
    packageName = serializers.CharField(source="package_name")
    quantity = serializers.IntegerField()
    priceAtPurchase = MoneyOutputField(source="price_at_purchase", help_text="Of one unit, after a sale.")
    discountAmount = MoneyOutputField(source="discount", help_text="The line's share of the coupon.")
    totalAmount = MoneyOutputField(source="total", help_text="What the line cost.")
    serverId = serializers.UUIDField(source="server_id", allow_null=True)


class OrderOutput(serializers.Serializer[Order]):
    """An order as clients read it."""

    id = serializers.UUIDField(allow_null=True, help_text="Null in a simulation.")
    playerUsername = serializers.CharField(source="player_username")
    playerUuid = serializers.CharField(source="player_uuid", allow_null=True)
    email = MaskedEmailField(allow_null=True)
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    subtotalAmount = MoneyOutputField(source="subtotal", help_text="After sales, before the coupon.")
    totalAmount = MoneyOutputField(source="total_amount", help_text="After the coupon.")
    paymentProvider = serializers.ChoiceField(source="payment_provider", choices=PaymentProvider.choices)
    paymentCurrency = serializers.CharField(source="payment_currency")
    transactionId = serializers.CharField(source="transaction_id", allow_null=True)
    couponId = serializers.UUIDField(source="coupon_id", allow_null=True)
    couponDiscountAmount = MoneyOutputField(source="coupon_discount_amount")
    giftCardId = serializers.UUIDField(source="gift_card_id", allow_null=True)
    giftCardAmount = MoneyOutputField(source="gift_card_amount", help_text="The part of the total that it paid.")
    refundedAmount = MoneyOutputField(source="refunded_amount")
    items = OrderItemOutput(source="lines", many=True)
    createdAt = serializers.DateTimeField(source="created_at", allow_null=True)
    updatedAt = serializers.DateTimeField(source="updated_at", allow_null=True)
