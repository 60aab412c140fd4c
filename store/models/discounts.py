"""Coupons and sales."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from store.models.reaches import Reaching
from store.models.stores import Store
from store.pricing import DiscountType, Scope
from store.querysets import CouponQuerySet, SaleQuerySet


class Coupon(Reaching):
    """A code that lowers an order. code_key: the code in upper case, unique in the store.

    max_uses, max_uses_per_user: None is unlimited. uses: orders that took it; a refund does not give it back.
    discount_value: a percentage, or an amount in the store's currency.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="coupons")
    code = models.CharField(max_length=64)
    code_key = models.CharField(max_length=64, editable=False)
    discount_type = models.CharField(max_length=10, choices=[(t.value, t.value) for t in DiscountType])
    discount_value = models.DecimalField(max_digits=12, decimal_places=3)
    override_sales = models.BooleanField(default=False)
    minimum_purchase_amount = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    maximum_discount_amount = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    max_uses_per_user = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[CouponQuerySet] = CouponQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["store", "-created_at", "-id"], name="coupons_of_store")]
        constraints = [
            models.UniqueConstraint(fields=["store", "code_key"], name="one_coupon_per_code"),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=F("max_uses")), name="coupon_not_overused"
            ),
            models.CheckConstraint(condition=Q(discount_value__gt=0), name="coupon_value_positive"),
        ]

    def __str__(self) -> str:
        return self.code

    def is_redeemable_at(self, moment: datetime) -> bool:
        """Return whether somebody can take it at a moment; `CouponQuerySet.redeemable` is the same rule."""
        is_in_time = _is_within(moment, self.valid_from, self.valid_until)
        return self.is_active and is_in_time and (self.max_uses is None or self.uses < self.max_uses)

    @property
    def is_redeemable(self) -> bool:
        """Return whether somebody can take it now."""
        return self.is_redeemable_at(now())

    @property
    def package_scope(self) -> str | None:
        """Return `all` or `specific` for a coupon of packages, None for others."""
        if self.reach_scope != Scope.PACKAGES:
            return None
        return "all" if self.covers_all_packages else "specific"


class CouponUse(models.Model):
    """How often one player took a coupon. player_key: as `store.players.player_key` folds names."""

    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="uses_by_player")
    player_key = models.CharField(max_length=64)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "player_key"], name="one_count_per_coupon_player")
        ]

    def __str__(self) -> str:
        return f"{self.player_key}: {self.uses}"


class Sale(Reaching):
    """A percentage off list prices. start_date: None is at once; end_date: None is until it is disabled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="sales")
    name = models.CharField(max_length=120)
    discount_percentage = models.DecimalField(max_digits=6, decimal_places=3)
    is_enabled = models.BooleanField(default=True)
    start_date = models.DateTimeField(null=True, blank=True)
    end_date = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[SaleQuerySet] = SaleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["store", "-created_at", "-id"], name="sales_of_store")]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_percentage__gt=0, discount_percentage__lte=100), name="sale_percentage_range"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_running_at(self, moment: datetime) -> bool:
        """Return whether it lowers prices at a moment; `SaleQuerySet.running` is the same rule."""
        return self.is_enabled and _is_within(moment, self.start_date, self.end_date)

    @property
    def is_running(self) -> bool:
        """Return whether it lowers prices now."""
        return self.is_running_at(now())


def _is_within(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= moment) and (end is None or moment < end)
