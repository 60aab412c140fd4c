"""Players: customers, what each may still buy, bans."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from store.models.catalogue import Package
from store.models.stores import Store
from store.querysets import BanQuerySet, CustomerQuerySet


class Customer(models.Model):
    """A player who bought something. player_key: the name as it is compared; unique in the store.

    total_spent: of paid orders, less what was given back, in the store's currency.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers")
    player_key = models.CharField(max_length=64, editable=False)
    player_username = models.CharField(max_length=32)
    player_uuid = models.CharField(max_length=36, null=True, blank=True)
    total_spent = models.DecimalField(max_digits=16, decimal_places=3, default=Decimal(0))
    orders_count = models.PositiveIntegerField(default=0)
    # Orders make customers, so there is a last one; NULLs would come first in an index that descends.
    last_purchase_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "player_key"], name="one_customer_per_player")]
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="customers_of_store"),
            models.Index(fields=["store", "-total_spent", "-id"], name="customers_by_spending"),
            models.Index(fields=["store", "-last_purchase_at", "-id"], name="customers_by_purchase"),
            models.Index(fields=["store", "player_uuid"], name="customers_by_uuid"),
        ]

    def __str__(self) -> str:
        return self.player_username


class PackageUse(models.Model):
    """How many units of a package one player has; refunds give them back. Guards `per_user_limit`."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="uses_by_player")
    player_key = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["package", "player_key"], name="one_count_per_package_player")
        ]

    def __str__(self) -> str:
        return f"{self.player_key}: {self.quantity}"


class Ban(models.Model):
    """Somebody who may not buy: by name, by UUID, or by address or network (normalised CIDR).

    In effect while is_active and not expired; expires_at: None is for good.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="bans")
    player_username = models.CharField(max_length=32, null=True, blank=True)
    player_key = models.CharField(max_length=64, null=True, blank=True, editable=False)
    player_uuid = models.CharField(max_length=36, null=True, blank=True)
    ip_address = models.CharField(max_length=64, null=True, blank=True)
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[BanQuerySet] = BanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="bans_of_store"),
            models.Index(fields=["store", "player_key"], name="bans_by_player"),
            models.Index(fields=["store", "player_uuid"], name="bans_by_uuid"),
            models.Index(fields=["store", "ip_address"], name="bans_by_address"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(player_key__isnull=False) | Q(player_uuid__isnull=False) | Q(ip_address__isnull=False),
                name="ban_names_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.player_username or self.player_uuid or self.ip_address or ""
