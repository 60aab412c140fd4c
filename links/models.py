"""Links and their clicks."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
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
    password_version: counts the passwords; opened gates are bound to it. click_count: people, all time.
    max_clicks: redirects before the link ends. expired_url: where visitors of an ended link go, "" is a page.
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
    click_count = models.PositiveBigIntegerField(default=0)
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

    def is_over(self, now: datetime | None = None) -> bool:
        """Return whether the link has expired or had all its clicks."""
        if self.expires_at is not None and self.expires_at <= (now or timezone.now()):
            return True
        return self.max_clicks is not None and self.click_count >= self.max_clicks


class Click(models.Model):
    """One redirect that was answered.

    referrer: host alone, "" is none. network: the visitor's address cut to /24 or /48.
    """

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="clicks")
    clicked_at = models.DateTimeField(default=timezone.now)
    referrer = models.CharField(max_length=255, blank=True)
    network = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=16)
    browser = models.CharField(max_length=32)
    os = models.CharField(max_length=32)
    is_bot = models.BooleanField(default=False)

    objects: ClassVar[ClickQuerySet] = ClickQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["link", "-clicked_at"], name="clicks_of_link")]

    def __str__(self) -> str:
        return f"click on link {self.link_id}"
