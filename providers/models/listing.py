"""The listing of a provider and its price tiers."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from providers import countries
from providers.querysets import ProviderQuerySet

MAX_NODES = 1_000_000
MAX_DATA_CENTERS = 1_000
MAX_HOURS = 720
MAX_PRICE = 100_000
MEASURED_DAYS = 90
"""What the measured uptime looks back on, today included."""

SLUG_PATTERN = r"^[a-z0-9](-?[a-z0-9]){1,63}\Z"


class ProviderType(models.TextChoices):
    """Who does the work."""

    MANAGED = "managed", "Managed"
    SELF_SETUP = "selfSetup", "Self-setup"
    DEDICATED = "dedicated", "Dedicated"


class TierName(models.TextChoices):
    """The three sizes of Flux nodes."""

    CUMULUS = "cumulus", "Cumulus"
    NIMBUS = "nimbus", "Nimbus"
    STRATUS = "stratus", "Stratus"


class SupportChannel(models.TextChoices):
    """How customers reach support; the first three are the document's."""

    EMAIL = "email", "E-mail"
    DISCORD = "discord", "Discord"
    PHONE = "phone", "Phone"
    TELEGRAM = "telegram", "Telegram"
    TICKET = "ticket", "Ticket"
    LIVECHAT = "livechat", "Live chat"
    WHATSAPP = "whatsapp", "WhatsApp"
    X = "x", "X"
    MATRIX = "matrix", "Matrix"
    FORUM = "forum", "Forum"


class Source(models.TextChoices):
    """Where a change came from."""

    PUSH = "push", "Push"
    PULL = "pull", "Pull"
    STAFF = "staff", "Staff"
    OWNER = "owner", "Own page"
    IMPORT = "import", "Import"


def _ranges() -> Iterator[models.CheckConstraint]:
    """Yield one check for each number: null, or from 0 to its limit."""
    limits: dict[str, int] = {
        "total_nodes": MAX_NODES,
        "total_clients": MAX_NODES,
        "data_centers": MAX_DATA_CENTERS,
        "response_time_hours": MAX_HOURS,
        "uptime_percentage": 100,
        "sla": 100,
        "pnr_eligible_percent": 100,
        "arcane_os_percent": 100,
    }
    for name, limit in limits.items():
        within = Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (0, limit)})
        yield models.CheckConstraint(condition=within, name=f"provider_{name}_range")


def _cheapest() -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, editable=False)


class Provider(models.Model):
    """One listing of the directory.

    slug: names it for good. name_key: the name as `services.name_key` folds it; unique among live listings.
    country: ISO 3166 alpha-2 code, or null. is_live: the public may see it. is_demo: marked as no real offer.
    version: counts the changes of the fields. last_push_at, last_pull_at: the last sign of life, changed or not.
    provenance: for each field by its API name who set it and when, as `providers.provenance` describes it.
    Percentages are 0–100, response_time_hours 0–720. rating: 1–5, null without reviews.
    sort_name, words, cheapest…: what lists sort and search by, kept by `providers.services.derived`.
    measured_uptime_percent: of the last 90 days, by our own checks, which began on measured_uptime_since.
    measured_nodes: by node size, as the chain had them at measured_nodes_at; null without payment addresses.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="providers")
    slug = models.CharField(max_length=64, unique=True, validators=[RegexValidator(SLUG_PATTERN)])
    name = models.CharField(max_length=80)
    name_key = models.CharField(max_length=400, editable=False)
    description = models.CharField(max_length=200, blank=True)
    long_description = models.TextField(null=True, blank=True)
    website = models.CharField(max_length=2048, null=True, blank=True)
    discord = models.CharField(max_length=128, null=True, blank=True)
    country = models.CharField(max_length=2, null=True, blank=True)
    type = models.CharField(max_length=9, choices=ProviderType.choices, default=ProviderType.MANAGED)
    comments = models.CharField(max_length=500, null=True, blank=True)
    has_discount = models.BooleanField(default=False)
    total_nodes = models.PositiveIntegerField(null=True, blank=True)
    total_clients = models.PositiveIntegerField(null=True, blank=True)
    uptime_percentage = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    response_time_hours = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    pnr_eligible_percent = models.DecimalField(
        "PNR-eligible percent", max_digits=6, decimal_places=3, null=True, blank=True
    )
    arcane_os_percent = models.DecimalField(
        "ArcaneOS percent", max_digits=6, decimal_places=3, null=True, blank=True
    )
    data_centers = models.PositiveIntegerField(null=True, blank=True)
    sla = models.DecimalField("SLA", max_digits=6, decimal_places=3, null=True, blank=True)
    languages = models.JSONField(default=list, blank=True)
    accepts_flux = models.BooleanField(default=False)
    accepts_stripe = models.BooleanField(default=False)
    accepts_fiat = models.BooleanField(default=False)
    support_channels = models.JSONField(default=list, blank=True)
    white_label = models.BooleanField(default=False)
    auto_renew = models.BooleanField(default=False)
    delegation_available = models.BooleanField(default=False)

    flux_labs_partner = models.BooleanField("Flux Labs partner", default=False)
    verified = models.BooleanField(default=False)
    is_demo = models.BooleanField("demo", default=False)
    is_live = models.BooleanField("live", default=True)
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    review_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    last_push_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_pull_at = models.DateTimeField(null=True, blank=True, editable=False)
    measured_uptime_percent = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, editable=False
    )
    measured_uptime_since = models.DateField(null=True, blank=True, editable=False)
    measured_nodes = models.JSONField(null=True, blank=True, editable=False)
    measured_nodes_at = models.DateTimeField(null=True, blank=True, editable=False)
    provenance = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    sort_name = models.CharField(max_length=100, default="", db_default="", blank=True, editable=False)
    words = models.TextField(default="", db_default="", blank=True, editable=False)
    cheapest = _cheapest()
    cheapest_cumulus = _cheapest()
    cheapest_nimbus = _cheapest()
    cheapest_stratus = _cheapest()

    objects: ClassVar[ProviderQuerySet] = ProviderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"], name="one_live_provider_per_name", condition=Q(is_live=True)
            ),
            models.CheckConstraint(condition=Q(type__in=ProviderType.values), name="provider_type_known"),
            *_ranges(),
        ]
        # PostgreSQL has one more for each sort, for words, languages and channels: see the migrations.
        indexes = [
            models.Index(fields=["country", "slug"], name="providers_by_country"),
            models.Index(fields=["-created_at", "-id"], name="providers_by_age", condition=Q(is_live=True)),
            # Counts read it alone: the table is twenty times as wide.
            models.Index(
                fields=["country"], name="providers_per_country", condition=Q(is_live=True, is_demo=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def country_name(self) -> str | None:
        """Return the English name of the country."""
        return countries.names()[self.country] if self.country else None

    @property
    def measured_uptime(self) -> "Provider | None":
        """Return what holds the measured figure, None while nothing is measured."""
        return None if self.measured_uptime_percent is None else self

    @property
    def node_counts(self) -> "Provider | None":
        """Return what holds the measured number of nodes, None while nothing is measured."""
        return None if self.measured_nodes is None else self

    @property
    def etag(self) -> str:
        """Return the strong validator: it moves with everything that an answer about this listing shows."""
        moments = (self.updated_at, self.last_push_at, self.last_pull_at)
        stamps = "-".join(f"{at.timestamp():.6f}".replace(".", "") if at else "0" for at in moments)
        measured = f"{self.measured_uptime_percent}-{self.measured_uptime_since}-{self.measured_nodes_at}"
        return f'"{self.version}-{stamps}-{self.review_count}-{self.rating}-{measured}"'


class Tier(models.Model):
    """One price of a provider. price: per month, 0–100,000 with two decimals. position: order in the list."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="tiers")
    tier = models.CharField(max_length=7, choices=TierName.choices)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    plan_name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "tier", "plan_name"], name="one_price_per_plan"),
            models.CheckConstraint(condition=Q(tier__in=TierName.values), name="tier_known"),
            models.CheckConstraint(
                condition=Q(price__range=(Decimal(0), Decimal(MAX_PRICE))), name="tier_price_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name}: {self.price}"
