"""What is pulled from where, what came of it, and what waits for a person."""

import hashlib
from datetime import timedelta
from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from providers.models.listing import Provider
from providers.schedule import DEFAULT_INTERVAL, MAX_INTERVAL, MIN_INTERVAL


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


class PullFormat(models.TextChoices):
    """What stands at the address."""

    FLUXME = "fluxme", "Fluxme: the fields of a push"
    MAPPING = "mapping", "Any JSON, with a mapping"


class AuthKind(models.TextChoices):
    """How we introduce ourselves to the provider's server."""

    NONE = "none", "None"
    BEARER = "bearer", "Bearer token"
    BASIC = "basic", "User name and password"
    HEADER = "header", "A header of its own"


class PauseReason(models.TextChoices):
    """Why nothing is pulled, until a person says otherwise."""

    NONE = "", "Not paused"
    OWNER = "owner", "Paused by the provider"
    GONE = "gone", "The server says that the address is gone for good (410)"
    REFUSED = "refused", "The server refuses us (401 or 403)"
    UNREADABLE = "unreadable", "The stored secret can no longer be read; enter it again"


class PullSource(models.Model):
    """Where a provider's listing is pulled from, how, and when next.

    url: https. host: its name, by which pulls take turns. auth_name: the user or the header. auth_secret: what
    `providers.sealing` made of the token, password or value. interval_seconds: 300–86,400.
    next_due_at: null while paused. refresh_at: when somebody asked for a pull out of turn. lease: names the claim
    of the worker that pulls now, until lease_until; a result that comes with another lease is thrown away.
    etag, last_modified: sent back as conditions while the listing and the pins are those of `seen_state`.
    failures: in a row.
    """

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="pull_source")
    url = models.CharField("URL", max_length=2048)
    host = models.CharField(max_length=255, editable=False)
    format = models.CharField(max_length=7, choices=PullFormat.choices, default=PullFormat.FLUXME)
    mapping = models.JSONField(default=dict, blank=True)
    auth_kind = models.CharField(max_length=6, choices=AuthKind.choices, default=AuthKind.NONE)
    auth_name = models.CharField(max_length=256, blank=True)
    auth_secret = models.TextField(blank=True, editable=False)
    interval_seconds = models.PositiveIntegerField(default=_seconds(DEFAULT_INTERVAL))
    paused_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    refresh_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    etag = models.CharField("ETag", max_length=512, blank=True, editable=False)
    last_modified = models.CharField(max_length=64, blank=True, editable=False)
    seen_state = models.CharField(max_length=64, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["PullSource"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(interval_seconds__range=(_seconds(MIN_INTERVAL), _seconds(MAX_INTERVAL))),
                name="pull_interval_range",
            ),
            models.CheckConstraint(condition=Q(format__in=PullFormat.values), name="pull_format_known"),
            models.CheckConstraint(condition=Q(auth_kind__in=AuthKind.values), name="pull_auth_known"),
            models.CheckConstraint(
                condition=Q(next_due_at__isnull=True) | Q(paused_reason=""), name="paused_is_never_due"
            ),
            models.CheckConstraint(
                condition=Q(lease__isnull=True, lease_until__isnull=True)
                | Q(lease__isnull=False, lease_until__isnull=False),
                name="lease_has_an_end",
            ),
        ]
        indexes = [models.Index(fields=["next_due_at"], name="pulls_by_due_time")]

    def __str__(self) -> str:
        return f"pull of {self.host}"

    @property
    def interval(self) -> timedelta:
        """Return the time between two pulls that succeed."""
        return timedelta(seconds=self.interval_seconds)

    @property
    def is_paused(self) -> bool:
        """Return whether nothing is pulled until somebody resumes it."""
        return bool(self.paused_reason)


class HostTurn(models.Model):
    """We are connected to a host until then, and nobody else of us may be: one row a host.

    An account that tests a pull has a row too, of a name that is no host's.
    """

    host = models.CharField(max_length=255, primary_key=True)
    lease = models.UUIDField()
    until = models.DateTimeField()

    objects: ClassVar[models.Manager["HostTurn"]]

    def __str__(self) -> str:
        return self.host


class Trigger(models.TextChoices):
    """What a run was made for."""

    SCHEDULE = "schedule", "Schedule"
    REFRESH = "refresh", "Refresh"
    TEST = "test", "Test"


class RunStatus(models.TextChoices):
    """How a run ended."""

    APPLIED = "applied", "Changes applied"
    UNCHANGED = "unchanged", "Nothing new"
    NOT_MODIFIED = "not_modified", "Not modified (304)"
    FAILED = "failed", "Failed"


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """Reads of the log."""

    def of(self, provider: Provider) -> "SyncRunQuerySet":
        """Return the provider's runs, newest first."""
        return self.filter(provider=provider).order_by("-id")

    def page(self, *, limit: int, after: str | None = None) -> "tuple[list[SyncRun], str | None]":
        """Return at most so many runs, and the cursor of the next page where there is one.

        after: a run's id as text, of at most 18 digits.
        """
        found = list((self.filter(pk__lt=int(after)) if after else self)[: limit + 1])
        return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None


class SyncRun(models.Model):
    """One pull and what came of it; kept 90 days.

    http_status: null when no answer came. received_bytes: over the wire. applied, unchanged, skipped (pinned by a
    push), held (waits for review): the API's names. invalid, ignored: `{"field", "code", "message"}` for each.
    Of a test, applied names what would have been.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="sync_runs")
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    started_at = models.DateTimeField()
    elapsed_ms = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=RunStatus.choices)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    received_bytes = models.PositiveIntegerField(default=0)
    applied = models.JSONField(default=list)
    unchanged = models.JSONField(default=list)
    skipped = models.JSONField(default=list)
    held = models.JSONField(default=list)
    invalid = models.JSONField(default=list)
    ignored = models.JSONField(default=list)
    error_code = models.CharField(max_length=32, blank=True)
    error_message = models.CharField(max_length=300, blank=True)

    objects: ClassVar[SyncRunQuerySet] = SyncRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["provider", "-id"], name="runs_of_provider"),
            models.Index(fields=["started_at"], name="runs_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} of provider {self.provider_id}: {self.status}"

    @property
    def skipped_with_reason(self) -> list[dict[str, str]]:
        """Return the skipped fields as the API tells them."""
        return [{"field": name, "reason": "push_priority"} for name in self.skipped]

    @property
    def failure(self) -> "SyncRun | None":
        """Return the run itself when it has an error to tell."""
        return self if self.error_code else None


class HeldState(models.TextChoices):
    """What became of a held change."""

    PENDING = "pending", "Waits for a decision"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    SUPERSEDED = "superseded", "Overtaken by a later pull"


class HeldChangeQuerySet(models.QuerySet["HeldChange"]):
    """Reads of held changes."""

    def of(self, provider: Provider) -> "HeldChangeQuerySet":
        """Return the provider's held changes, newest first."""
        return self.filter(provider=provider).order_by("-id")

    def pending(self) -> "HeldChangeQuerySet":
        """Return those that wait for a decision."""
        return self.filter(state=HeldState.PENDING)


class HeldChange(models.Model):
    """A value that a pull brought and the guard held back.

    field: the API's name. old, new: as the log of changes has them.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="held_changes")
    field = models.CharField(max_length=32)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=HeldState.choices, default=HeldState.PENDING)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[HeldChangeQuerySet] = HeldChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "field"], name="one_held_change_per_field", condition=Q(state="pending")
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of provider {self.provider_id}: {self.state}"

    @property
    def mark(self) -> str:
        """Return what tells whether the value is still the one that a person looked at."""
        return hashlib.sha256(orjson.dumps(self.new)).hexdigest()[:16]
