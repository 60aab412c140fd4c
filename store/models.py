"""Stores and what they sell."""

import secrets
import string
import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Account
from store.querysets import CategoryQuerySet, PackageQuerySet, ServerQuerySet, StoreQuerySet

STORE_ID_LENGTH = 8
_STORE_ID_CHARACTERS = string.digits + string.ascii_lowercase


def new_store_id() -> str:
    """Return a random store id: 8 of `[0-9a-z]`. It names a store in its keys and is no secret."""
    return "".join(secrets.choice(_STORE_ID_CHARACTERS) for _ in range(STORE_ID_LENGTH))


class Store(models.Model):
    """A webstore. currency: ISO 4217; fixed, because every amount is written in it. timezone: an IANA name.

    is_demo: made by the demo data; an account has at most one.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stores")
    store_id = models.CharField(max_length=STORE_ID_LENGTH, unique=True, default=new_store_id, editable=False)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[StoreQuerySet] = StoreQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(is_demo=True), name="one_demo_store"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.store_id})"


class Server(models.Model):
    """A game server on which packages are delivered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="servers")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[ServerQuerySet] = ServerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["store", "created_at", "id"], name="servers_of_store")]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A shelf of the store. parent: None at the top."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="categories")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[CategoryQuerySet] = CategoryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "categories"
        indexes = [models.Index(fields=["store", "created_at", "id"], name="categories_of_store")]

    def __str__(self) -> str:
        return self.name


class PackageType(models.TextChoices):
    """How long a purchase lasts: for good, until cancelled, or for a while."""

    ONE_TIME = "one_time", "One time"
    SUBSCRIPTION = "subscription", "Subscription"
    TIMED = "timed", "Timed"


class Interval(models.TextChoices):
    """The unit in which a subscription renews."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    YEAR = "year", "Year"


class Package(models.Model):
    """Something that the store sells.

    price: in the store's currency, with its decimals. description: plain text; pages escape it.
    global_limit, per_user_limit: None is unlimited. duration_days, duration_hours: of a timed package, added up.
    interval × interval_count: the period of a subscription. hidden_at: set by a delete; orders keep the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="packages")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="packages"
    )
    servers = models.ManyToManyField(Server, blank=True, related_name="packages")
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.TextField(null=True, blank=True)
    image_url = models.CharField(max_length=2000, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    sort_order = models.PositiveIntegerField(default=0)
    allow_custom_price = models.BooleanField(default=False)
    global_limit = models.PositiveIntegerField(null=True, blank=True)
    per_user_limit = models.PositiveIntegerField(null=True, blank=True)
    is_cumulative = models.BooleanField(default=False)
    user_server_selection_enabled = models.BooleanField(default=False)
    type = models.CharField(max_length=12, choices=PackageType.choices, default=PackageType.ONE_TIME)
    duration_days = models.PositiveIntegerField(null=True, blank=True)
    duration_hours = models.PositiveIntegerField(null=True, blank=True)
    interval = models.CharField(max_length=5, choices=Interval.choices, null=True, blank=True)
    interval_count = models.PositiveIntegerField(null=True, blank=True)
    trial_days = models.PositiveIntegerField(null=True, blank=True)
    available_from = models.DateTimeField(null=True, blank=True)
    available_until = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[PackageQuerySet] = PackageQuerySet.as_manager()  # type: ignore[assignment]

    # Pricing by tiers and sales are not sold yet; the answers have their place already.
    is_tiered: ClassVar[bool] = False
    sale_price: ClassVar[Decimal | None] = None

    class Meta:
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="packages_of_store"),
            models.Index(fields=["store", "updated_at"], name="packages_by_change"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="package_price_not_negative"),
            models.CheckConstraint(condition=Q(type__in=PackageType.values), name="package_type_known"),
            models.CheckConstraint(
                condition=~Q(type=PackageType.SUBSCRIPTION)
                | Q(interval__isnull=False, interval_count__isnull=False, interval_count__gte=1),
                name="subscription_has_a_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_subscription(self) -> bool:
        """Return whether a purchase renews by itself."""
        return self.type == PackageType.SUBSCRIPTION

    @property
    def category_name(self) -> str | None:
        """Return the category's name, None without a category."""
        return self.category.name if self.category else None
