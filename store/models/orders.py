"""Orders, what was in them, what was paid back, and the commands that they call for."""

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from store import money
from store.models.cards import GiftCard
from store.models.catalogue import CommandType, Package
from store.models.discounts import Coupon, Sale
from store.models.players import Customer
from store.models.stores import Server, Store
from store.querysets import OrderItemQuerySet, OrderQuerySet


class OrderStatus(models.TextChoices):
    """Where an order stands."""

    PENDING = "Pending", "Pending"
    PAID = "Paid", "Paid"
    CANCELLED = "Cancelled", "Cancelled"
    REFUNDED = "Refunded", "Refunded"
    CHARGEBACK = "Chargeback", "Chargeback"


class PaymentProvider(models.TextChoices):
    """How an order was paid."""

    STRIPE = "Stripe", "Stripe"
    PAYPAL = "PayPal", "PayPal"
    MANUAL = "Manual", "Manual"


class Order(models.Model):
    """A purchase. Amounts are in the store's currency.

    subtotal: after sales. total_amount: after the coupon; gift_card_amount is the part of it that a card paid.
    refunded_amount: paid back so far, card and money together. ignores_limits: it took no stock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="orders")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    player_username = models.CharField(max_length=32)
    player_uuid = models.CharField(max_length=36, null=True, blank=True)
    email = models.CharField(max_length=254, null=True, blank=True)
    status = models.CharField(max_length=10, choices=OrderStatus.choices)
    payment_provider = models.CharField(max_length=6, choices=PaymentProvider.choices)
    payment_currency = models.CharField(max_length=3)
    transaction_id = models.CharField(max_length=128, null=True, blank=True)
    subtotal = models.DecimalField(max_digits=14, decimal_places=3)
    total_amount = models.DecimalField(max_digits=14, decimal_places=3)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    coupon_discount_amount = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    gift_card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    gift_card_amount = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    refunded_amount = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    refunded_to_card = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    ignores_limits = models.BooleanField(default=False)
    paid_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    if TYPE_CHECKING:
        # Brought by `with_lines`, in their order.
        lines: list["OrderItem"]

    objects: ClassVar[OrderQuerySet] = OrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="orders_of_store"),
            # For the staff, who see every store's.
            models.Index(fields=["-created_at", "-id"], name="orders_newest_first"),
            models.Index(fields=["store", "-updated_at", "-id"], name="orders_by_change"),
            models.Index(fields=["store", "-total_amount", "-id"], name="orders_by_total"),
            models.Index(fields=["store", "status", "-created_at", "-id"], name="orders_by_status"),
            models.Index(fields=["store", "transaction_id"], name="orders_by_transaction"),
            models.Index(fields=["store", "paid_at"], name="orders_by_payment"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(total_amount__gte=0, total_amount__lte=F("subtotal")), name="order_total_range"
            ),
            models.CheckConstraint(
                condition=Q(gift_card_amount__gte=0, gift_card_amount__lte=F("total_amount")),
                name="order_card_part_range",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("total_amount")),
                name="order_not_refunded_beyond_total",
            ),
            models.CheckConstraint(
                condition=Q(refunded_to_card__gte=0, refunded_to_card__lte=F("gift_card_amount")),
                name="order_not_refunded_beyond_card",
            ),
        ]

    def __str__(self) -> str:
        total = money.written(self.total_amount, money.quantum(self.payment_currency))
        return f"{self.player_username}: {total} {self.payment_currency}"


class OrderItem(models.Model):
    """One line of an order, as it was sold: later changes of the package do not reach it.

    list_price, price_at_purchase: of one unit, before and after the sale. discount: its share of the coupon.
    total: what the line cost. counts: whether it took stock and the player's allowance.
    expires_at: when a timed package ends for the player; None for others. ended_at: since when it has.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="order_items", db_index=False)
    package_name = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    list_price = models.DecimalField(max_digits=12, decimal_places=3)
    price_at_purchase = models.DecimalField(max_digits=12, decimal_places=3)
    sale = models.ForeignKey(Sale, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    discount = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    total = models.DecimalField(max_digits=14, decimal_places=3)
    server = models.ForeignKey(Server, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    counts = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField()

    objects: ClassVar[OrderItemQuerySet] = OrderItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["position"]
        indexes = [
            # Also what the foreign key would have an index for.
            models.Index(fields=["package", "order"], name="items_of_package"),
            models.Index(
                fields=["expires_at"], name="items_to_end", condition=Q(expires_at__isnull=False, ended_at=None)
            ),
        ]
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1), name="item_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.package_name}"


class Refund(models.Model):
    """Money given back. to_card: the part that went back to the gift card; the rest went to the player."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    to_card = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id}"


class OrderCommand(models.Model):
    """A command to run for an order, as the package had it at that moment.

    server: None is wherever the player is. times: how often to run it, where it does not name the quantity itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(OrderItem, on_delete=models.CASCADE, related_name="commands")
    server = models.ForeignKey(Server, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    type = models.CharField(max_length=10, choices=CommandType.choices)
    command = models.CharField(max_length=1000)
    times = models.PositiveSmallIntegerField(default=1, db_default=1)
    require_online = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["server", "created_at"], name="commands_to_run", condition=Q(delivered_at=None))
        ]

    def __str__(self) -> str:
        return self.command
