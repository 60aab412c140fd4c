"""Subscriptions and usage counters."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account
from plans import catalogue
from plans.periods import period_at

PRODUCT_CHOICES = [(name, product.title) for name, product in catalogue.PRODUCTS.items()]


class Status(models.TextChoices):
    """Whether a subscription counts: `past_due` still does until its end, `cancelled` does not."""

    ACTIVE = "active", "Active"
    PAST_DUE = "past_due", "Past due"
    CANCELLED = "cancelled", "Cancelled"


class Subscription(models.Model):
    """An account's plan of one product.

    anchored_at: when the first period began; every later one begins on that day of the month (the last day
    of shorter months). ends_at: from then on the plan has lapsed; None means it renews by itself.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="subscriptions")
    product = models.CharField(max_length=16, choices=PRODUCT_CHOICES)
    plan = models.CharField(max_length=32)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    anchored_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Subscription"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "product"], name="one_subscription_per_product"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="subscription_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.plan} of account {self.account_id}"

    def is_live(self, now: datetime | None = None) -> bool:
        """Return whether the plan counts now."""
        return self.status != Status.CANCELLED and (self.ends_at is None or (now or timezone.now()) < self.ends_at)

    def live_plan(self, now: datetime | None = None) -> catalogue.Plan:
        """Return the plan in force: this one while it is live, the product's lowest afterwards."""
        product = catalogue.PRODUCTS[self.product]
        return product.plan(self.plan) if self.is_live(now) else product.base

    def period(self, now: datetime | None = None) -> tuple[datetime, datetime]:
        """Return the start (included) and end (excluded) of the billing period."""
        return period_at(self.anchored_at, now or timezone.now())


class UsageCounter(models.Model):
    """How much of one limit an account has used. period_start: None for what counts over the lifetime."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage")
    product = models.CharField(max_length=16, choices=PRODUCT_CHOICES)
    counter = models.CharField(max_length=32)
    period_start = models.DateTimeField(null=True, blank=True)
    used = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["UsageCounter"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product", "counter", "period_start"],
                name="one_counter_per_period",
                condition=models.Q(period_start__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account", "product", "counter"],
                name="one_counter_per_lifetime",
                condition=models.Q(period_start__isnull=True),
            ),
            models.CheckConstraint(condition=models.Q(used__gte=0), name="usage_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.counter}: {self.used}"
