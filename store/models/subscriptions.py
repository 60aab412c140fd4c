"""Subscriptions that orders began."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from store.models.catalogue import Package
from store.models.orders import OrderItem
from store.models.players import Customer
from store.models.stores import Store
from store.querysets import SubscriptionQuerySet


class SubscriptionStatus(models.TextChoices):
    """Where a subscription stands."""

    ACTIVE = "active", "Active"
    CANCELLED = "cancelled", "Cancelled"
    PAST_DUE = "past_due", "Past due"
    EXPIRED = "expired", "Expired"


class Subscription(models.Model):
    """A package that renews for a player.

    item: the line that paid for the current period; each renewal is an order of its own.
    anchor_at: the moment that periods are counted from, so that 28 February follows 31 January, and 31 March that.
    periods: how many have begun. current_period_end: anchor_at plus that many intervals.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="subscriptions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="subscriptions")
    item = models.OneToOneField(OrderItem, on_delete=models.PROTECT, related_name="subscription")
    status = models.CharField(max_length=9, choices=SubscriptionStatus.choices)
    anchor_at = models.DateTimeField()
    periods = models.PositiveIntegerField(default=1)
    current_period_end = models.DateTimeField()
    cancel_at_period_end = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="subscriptions_of_store"),
            models.Index(fields=["store", "-updated_at", "-id"], name="subscriptions_by_change"),
            models.Index(fields=["store", "-current_period_end", "-id"], name="subscriptions_by_end"),
            models.Index(fields=["status", "current_period_end"], name="subscriptions_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SubscriptionStatus.values), name="store_subscription_status_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.status}"
