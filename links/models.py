"""Links and their clicks."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Account
from links import slugs
from links.querysets import ClickQuerySet, LinkQuerySet


class RedirectType(models.IntegerChoices):
    """How a visitor is sent on: 307 keeps the method where a program posted."""

    FOUND = 302, "302 Found"
    TEMPORARY = 307, "307 Temporary Redirect"


class Link(models.Model):
    """One short link. A deleted row stays, so that its slug leads nobody elsewhere for 30 days.

    slug: case-sensitive (both databases compare bytes). skeleton: the slug with look-alikes made one.
    target_digest: SHA-256 of target_url, which finds equal targets. password_hash: "" is none.
    password_version: counts the passwords; opened gates are bound to it. expired_url: where visitors of an
    ended link go, "" is a page. max_clicks: redirects before the link ends; redirect_count: those
    taken from it, counted while the visitor waits and for links with max_clicks alone.
    """

    link_id = models.CharField(max_length=16, unique=True, default=slugs.new_link_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="links")
    slug = models.CharField(max_length=slugs.MAX_LENGTH, unique=True)
    skeleton = models.CharField(max_length=slugs.MAX_LENGTH)
    target_url = models.TextField()
    target_digest = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    password_hash = models.CharField(max_length=160, blank=True)
    password_version = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_url = models.TextField(blank=True)
    max_clicks = models.PositiveIntegerField(null=True, blank=True)
    redirect_count = models.PositiveBigIntegerField(default=0)
    redirect_type = models.PositiveSmallIntegerField(choices=RedirectType.choices, default=RedirectType.FOUND)
    forward_query = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-link_id"], name="links_of_account"),
            models.Index(fields=["account", "target_digest"], name="links_by_target"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["skeleton"], name="no_lookalike_links", condition=Q(deleted_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(redirect_type__in=RedirectType.values), name="link_redirect_type_known"
            ),
            models.CheckConstraint(
                condition=Q(max_clicks__isnull=True) | Q(max_clicks__gte=1), name="link_max_clicks_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def short_url(self) -> str:
        """Return the address that visitors use."""
        return f"{settings.BASE_URL}/r/{self.slug}"

    @property
    def has_password(self) -> bool:
        """Return whether visitors are asked for a password."""
        return bool(self.password_hash)

    @property
    def click_count(self) -> int:
        """Return the clicks of people, all time, as far as they are delivered.

        `LinkQuerySet.counted` reads it with the row; otherwise it costs a query.
        """
        counted: int | None = self.__dict__.get("counted_clicks")
        if counted is None:
            counted = self.totals.aggregate(number=models.Sum("people", default=0))["number"]
        return counted

    def is_over(self, now: datetime | None = None) -> bool:
        """Return whether the link has expired or had all its clicks."""
        if self.expires_at is not None and self.expires_at <= (now or timezone.now()):
            return True
        return self.max_clicks is not None and self.redirect_count >= self.max_clicks


class Click(models.Model):
    """One redirect that was answered, kept for twelve months.

    referrer: host alone, "" is none. network: the visitor's address cut to /24 or /48. visitor: 16 hexadecimal
    digits, the same for one visitor within one day, "" when the day's salt was not to be had.
    """

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="clicks", db_index=False)
    clicked_at = models.DateTimeField(default=timezone.now)
    referrer = models.CharField(max_length=255, blank=True)
    network = models.CharField(max_length=64, blank=True)
    visitor = models.CharField(max_length=16, blank=True)
    device = models.CharField(max_length=16)
    browser = models.CharField(max_length=32)
    os = models.CharField(max_length=32)
    is_bot = models.BooleanField(default=False)

    objects: ClassVar[ClickQuerySet] = ClickQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["link", "is_bot", "-clicked_at"], name="clicks_of_link_by_kind")]

    def __str__(self) -> str:
        return f"click on link {self.link_id}"


class Kind(models.IntegerChoices):
    """What a sum counts by. ALL has one value, ""."""

    ALL = 0, "all"
    REFERRER = 1, "referrer"
    DEVICE = 2, "device"
    BROWSER = 3, "browser"
    OS = 4, "os"


class ClickSum(models.Model):
    """Clicks of one link that have one value, within one span of time.

    starts_at: the span's first moment, in UTC. shard: those who deliver clicks at once write to different
    shards, so that they never wait for one another; readers add the shards up.
    """

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    is_bot = models.BooleanField()
    starts_at = models.DateTimeField()
    value = models.CharField(max_length=255)
    shard = models.PositiveSmallIntegerField()
    clicks = models.PositiveBigIntegerField()

    class Meta:
        abstract = True


class QuarterSum(ClickSum):
    """Sums of a quarter of an hour: the coarsest span that every time zone's days are made of."""

    objects: ClassVar[models.Manager["QuarterSum"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "kind", "is_bot", "starts_at", "value", "shard"], name="one_sum_per_quarter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clicks} clicks of a quarter of an hour"


class DaySum(ClickSum):
    """Sums of a day in UTC."""

    objects: ClassVar[models.Manager["DaySum"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "kind", "is_bot", "starts_at", "value", "shard"], name="one_sum_per_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clicks} clicks of a day"


class LinkTotal(models.Model):
    """All clicks of a link, for ever. shard: as in `ClickSum`."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="totals", db_index=False)
    shard = models.PositiveSmallIntegerField()
    people = models.PositiveBigIntegerField(default=0)
    bots = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[models.Manager["LinkTotal"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "shard"], name="one_total_per_shard")]

    def __str__(self) -> str:
        return f"clicks of link {self.link_id}"


class ClickSegment(models.Model):
    """How much of a spool file is delivered. offset: bytes, moved in the transaction of the clicks before it."""

    name = models.CharField(max_length=80, unique=True)
    offset = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["ClickSegment"]]

    def __str__(self) -> str:
        return self.name


class LinkChange(models.Model):
    """A slug whose link changed: what web workers read to forget what they remember of it.

    changed_at: by the database's clock, since those who write and those who read are different machines.
    """

    slug = models.CharField(max_length=slugs.MAX_LENGTH)
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["LinkChange"]]

    class Meta:
        indexes = [models.Index(fields=["changed_at"], name="link_changes_by_time")]

    def __str__(self) -> str:
        return self.slug


class VisitorSalt(models.Model):
    """The secret of one day (UTC) that visitor hashes are made with; destroyed when it is two days old."""

    day = models.DateField(unique=True)
    salt = models.BinaryField(max_length=32)

    objects: ClassVar[models.Manager["VisitorSalt"]]

    def __str__(self) -> str:
        return f"salt of {self.day}"
