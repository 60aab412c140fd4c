"""Measured uptime: whose status page is looked at, when it was down, and how much of each day was seen."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from providers.models.listing import Provider
from providers.uptime_rules import Standing

SECONDS_A_DAY = 86_400


class MonitorQuerySet(models.QuerySet["UptimeMonitor"]):
    """Chainable reads of monitors."""

    def at_work(self) -> "MonitorQuerySet":
        """Return those that are looked at: switched on, of live listings of open accounts."""
        return self.filter(is_active=True, provider__is_live=True, provider__account__closed_at__isnull=True)


class UptimeMonitor(models.Model):
    """The status page of one provider, and what its last checks were.

    status_url: https. next_due_at, lease, lease_until: as `providers.leases` describes them. checked_at,
    settled_at, failing_since, failures: as `providers.uptime_rules.Standing` describes them. answered_at: when the
    page last gave any answer, be it an error; it proves that our network worked. failing_cause: of the first
    failure in a row.
    """

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="uptime_monitor")
    status_url = models.CharField("status URL", max_length=2048)
    is_active = models.BooleanField("active", default=True)
    next_due_at = models.DateTimeField(default=timezone.now, null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    failing_cause = models.CharField(max_length=20, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[MonitorQuerySet] = MonitorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["next_due_at"], name="monitors_by_due_time")]

    def __str__(self) -> str:
        return f"status page of provider {self.provider_id}"

    def standing(self, *, is_down: bool) -> Standing:
        """Return what the rules know of the page. is_down: whether an incident is open."""
        return Standing(self.checked_at, self.settled_at, self.failing_since, self.failures, is_down)


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Chainable reads of incidents."""

    def of(self, provider: Provider) -> "IncidentQuerySet":
        """Return the provider's incidents, the newest first."""
        return self.filter(monitor__provider=provider).order_by("-started_at", "-pk")

    def open(self) -> "IncidentQuerySet":
        """Return those that last."""
        return self.filter(ended_at__isnull=True)

    def since(self, day: date) -> "IncidentQuerySet":
        """Return those that lasted into this day, or began later."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__date__gte=day))


class Incident(models.Model):
    """Some time in which a status page did not answer as it should. ended_at: null while it lasts.

    cause: `http_503` and the like for a status, else the code of `egress.errors`, such as `unreachable`.
    """

    monitor = models.ForeignKey(UptimeMonitor, on_delete=models.CASCADE, related_name="incidents")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=20)

    objects: ClassVar[IncidentQuerySet] = IncidentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["monitor"], name="one_open_incident_per_monitor", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="incident_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["monitor", "-started_at"], name="incidents_of_monitor")]

    def __str__(self) -> str:
        return f"{self.cause} since {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def duration_seconds(self) -> int | None:
        """Return how long it lasted, None while it lasts."""
        return int((self.ended_at - self.started_at).total_seconds()) if self.ended_at else None


class DayQuerySet(models.QuerySet["UptimeDay"]):
    """Chainable reads of days."""

    def of(self, provider: Provider) -> "DayQuerySet":
        """Return the provider's days, the oldest first."""
        return self.filter(monitor__provider=provider).order_by("day")

    def window(self, days: int, today: date) -> "DayQuerySet":
        """Return so many days, today included."""
        return self.filter(day__gt=today - timedelta(days=days), day__lte=today)


class UptimeDay(models.Model):
    """One day (UTC) of a status page; one without a row was not measured at all.

    measured_seconds: of which it is known whether the page was up. down_seconds: of these. checks: how many.
    """

    monitor = models.ForeignKey(UptimeMonitor, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    measured_seconds = models.PositiveIntegerField(default=0)
    down_seconds = models.PositiveIntegerField(default=0)
    checks = models.PositiveIntegerField(default=0)

    objects: ClassVar[DayQuerySet] = DayQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "day"], name="one_row_per_monitor_and_day"),
            models.CheckConstraint(
                condition=Q(measured_seconds__lte=SECONDS_A_DAY) & Q(down_seconds__lte=F("measured_seconds")),
                name="uptime_day_seconds_range",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="uptime_days_by_age")]

    def __str__(self) -> str:
        return f"{self.day} of monitor {self.monitor_id}"
