"""Categories and packages: what a store sells."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from store.models.stores import Server, Store
from store.querysets import CategoryQuerySet, PackageQuerySet


class Category(models.Model):
    """A shelf of the store, at most three deep. parent: None at the top. slug: unique in the store."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="categories")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=140, blank=True, default="", db_default="")
    description = models.TextField(null=True, blank=True)
    image_url = models.CharField(max_length=2000, null=True, blank=True)
    sort_order = models.PositiveIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[CategoryQuerySet] = CategoryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "categories"
        indexes = [models.Index(fields=["store", "created_at", "id"], name="categories_of_store")]
        constraints = [
            models.UniqueConstraint(fields=["store", "slug"], condition=~Q(slug=""), name="one_category_per_slug")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path_ids(self) -> frozenset[uuid.UUID]:
        """Return the ids of the category and of all above it; bring `parent` for many rows."""
        above = (self.parent.pk, self.parent.parent_id) if self.parent else ()
        return frozenset(pk for pk in (self.pk, *above) if pk is not None)


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

    price: in the store's currency, with its decimals. description: HTML, sanitised by `store.rich_text`.
    global_limit, per_user_limit: None is unlimited. duration_days, duration_hours: of a timed package, added up.
    interval × interval_count: the period of a subscription. hidden_at: set by a delete; orders keep the row.
    sold: units that count towards global_limit; refunds give them back.
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
    required_packages = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="required_by")
    sold = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[PackageQuerySet] = PackageQuerySet.as_manager()  # type: ignore[assignment]

    # Pricing by tiers is not sold yet; the answers have its place already.
    is_tiered: ClassVar[bool] = False

    class Meta:
        indexes = [
            models.Index(fields=["store", "updated_at", "id", "hidden_at"], name="packages_by_update"),
            models.Index(fields=["store", "created_at", "id"], name="packages_shown", condition=Q(hidden_at=None)),
            models.Index(fields=["store", "name", "id"], name="packages_by_name", condition=Q(hidden_at=None)),
            models.Index(fields=["store", "price", "id"], name="packages_by_price", condition=Q(hidden_at=None)),
            models.Index(
                fields=["store", "sort_order", "id"], name="packages_by_place", condition=Q(hidden_at=None)
            ),
            models.Index(fields=["category"], name="packages_in_category", condition=Q(hidden_at=None)),
            # Hidden ones too: what was begun goes on.
            models.Index(fields=["store"], name="packages_that_renew", condition=Q(type="subscription")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="package_price_not_negative"),
            models.CheckConstraint(
                condition=Q(global_limit__isnull=True) | Q(sold__lte=F("global_limit")),
                name="package_not_oversold",
            ),
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


class CommandType(models.TextChoices):
    """When a command runs."""

    INITIAL = "initial", "Purchase"
    RENEWAL = "renewal", "Renewal"
    EXPIRY = "expiry", "Expiry"
    REFUND = "refund", "Refund"
    CHARGEBACK = "chargeback", "Chargeback"


class PackageCommand(models.Model):
    """A console command that a package runs. server: None runs it on every server of the package."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="commands")
    server = models.ForeignKey(Server, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    type = models.CharField(max_length=10, choices=CommandType.choices)
    command = models.CharField(max_length=500)
    require_online = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(condition=Q(type__in=CommandType.values), name="package_command_type_known")
        ]

    def __str__(self) -> str:
        return self.command
