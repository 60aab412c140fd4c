"""Every write to measured uptime. Locks are taken in this order: monitor, provider."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone

from accounts.models import User
from audit.services import record
from providers import charts
from providers.checks import Answer
from providers.models import MEASURED_DAYS, Incident, Provider, UptimeDay, UptimeMonitor
from providers.uptime_rules import Network, Standing, Verdict, by_day, judge, network_of, next_check

KEEP_DAYS = 400
LEAST_SECONDS = 3600
"""How long a page must have been looked at before its percentage is shown."""


@transaction.atomic
def set_monitor(
    *, provider: Provider, status_url: str, is_active: bool = True, actor: User | None = None
) -> UptimeMonitor:
    """Measure a provider by this page from now on, or stop. status_url: a public https URL.

    Another page, or a pause, begins anew: what was between is unknown, an open incident ends with its last check,
    and the days that were measured stay.
    """
    wanted = {"status_url": status_url, "is_active": is_active}
    monitors = UptimeMonitor.objects.select_for_update()
    row, is_new = monitors.get_or_create(provider=provider, defaults=wanted)
    if not is_new and all(getattr(row, name) == value for name, value in wanted.items()):
        return row
    row.status_url, row.is_active = status_url, is_active
    row.incidents.open().update(ended_at=row.checked_at)
    _stand(row, Standing())
    row.failing_cause, row.answered_at = "", None
    # Whoever looks at the page right now brings a result that nobody wants any more.
    row.lease, row.lease_until = None, None
    row.next_due_at = timezone.now() if is_active else None
    row.save()
    _show(row, timezone.now().date())
    data = {"provider": provider.slug, "is_active": is_active}
    record("uptime.monitor_set", target=row, account_id=provider.account_id, user=actor, data=data)
    return row


@transaction.atomic
def record_check(*, monitor: UptimeMonitor, answer: Answer, at: datetime) -> bool:
    """Write what a check found: incident, days and the listing's figure in one transaction.

    monitor: as it was claimed. Returns False, and writes nothing, when the claim was lost meanwhile.
    """
    row = UptimeMonitor.objects.select_for_update().filter(pk=monitor.pk, lease=monitor.lease).first()
    if row is None or monitor.lease is None:
        return False
    # Whole seconds, so that days add up exactly; never before the last check, whatever the clock does.
    at = max(at.replace(microsecond=0), row.checked_at or at.replace(microsecond=0))
    incident = row.incidents.open().first()
    standing = row.standing(is_down=incident is not None)
    is_in_doubt = standing.failures and not answer.has_answered
    network = _network(row, standing) if is_in_doubt else Network.WORKS
    verdict = judge(standing, at=at, is_up=answer.is_up, network=network)
    _move_incident(row, incident, verdict)
    _add_to_days(row, verdict, at.date())
    _stand(row, verdict.standing)
    if row.failures <= 1:
        row.failing_cause = answer.cause
    row.answered_at = at if answer.has_answered else row.answered_at
    row.next_due_at, row.lease, row.lease_until = next_check(verdict.standing, at), None, None
    row.save()
    _show(row, at.date())
    return True


def forget_old_days(now: datetime | None = None) -> int:
    """Delete days and ended incidents older than 400 days; return how many rows. Safe to run twice at once."""
    oldest = (now or timezone.now()).date() - timedelta(days=KEEP_DAYS)
    days, _ = UptimeDay.objects.filter(day__lt=oldest).delete()
    incidents, _ = Incident.objects.filter(ended_at__date__lt=oldest).delete()
    return days + incidents


def _network(row: UptimeMonitor, standing: Standing) -> Network:
    """Ask the other pages whether our network worked in the time that this check of a failing page judges."""
    others = UptimeMonitor.objects.at_work().exclude(pk=row.pk)
    since = standing.settled_at if standing.is_down else standing.failing_since
    counts = others.aggregate(
        others=Count("pk"),
        tried=Count("pk", filter=Q(checked_at__gte=since)),
        answered=Count("pk", filter=Q(answered_at__gte=since)),
    )
    return network_of(**counts)


def _move_incident(row: UptimeMonitor, incident: Incident | None, verdict: Verdict) -> None:
    if verdict.opened_at is not None:
        cause = row.failing_cause
        incident = Incident.objects.create(monitor=row, started_at=verdict.opened_at, cause=cause)
        _record("uptime.incident_opened", row, {"cause": cause, "since": verdict.opened_at})
    if incident is not None and verdict.closed_at is not None:
        incident.ended_at = verdict.closed_at
        incident.save(update_fields=["ended_at"])
        _record("uptime.incident_closed", row, {"seconds": incident.duration_seconds})


def _add_to_days(row: UptimeMonitor, verdict: Verdict, today: date) -> None:
    """Add the judged time to its days, and the check to today."""
    seconds = dict(by_day(verdict.span)) if verdict.span else {}
    is_down = verdict.span is not None and verdict.span.is_down
    for day in sorted(seconds.keys() | {today}):
        measured = seconds.get(day, 0)
        added = {
            "measured_seconds": measured,
            "down_seconds": measured if is_down else 0,
            "checks": int(day == today),
        }
        sums = {name: F(name) + number for name, number in added.items()}
        # The monitor's lock keeps everybody else away.
        if not UptimeDay.objects.filter(monitor=row, day=day).update(**sums):
            UptimeDay.objects.create(monitor=row, day=day, **added)


def _stand(row: UptimeMonitor, standing: Standing) -> None:
    row.checked_at, row.settled_at = standing.checked_at, standing.settled_at
    row.failing_since, row.failures = standing.failing_since, standing.failures


def _show(row: UptimeMonitor, today: date) -> None:
    """Keep the figure of the last 90 days on the listing, so that lists need no second table."""
    percent: Decimal | None = None
    since: date | None = None
    if row.is_active:
        days = UptimeDay.objects.filter(monitor=row, measured_seconds__gt=0).window(MEASURED_DAYS, today)
        sums = days.aggregate(measured=Sum("measured_seconds"), down=Sum("down_seconds"), since=Min("day"))
        since = sums["since"]
        text = charts.uptime_of([charts.UptimeDay(today, sums["measured"] or 0, sums["down"] or 0)])
        # A figure from a few checks says nothing yet: 100 or 0, as chance has it.
        percent = Decimal(text) if text and (sums["measured"] or 0) >= LEAST_SECONDS else None
        since = since if percent is not None else None
    listing = Provider.objects.filter(pk=row.provider_id)
    listing.exclude(measured_uptime_percent=percent, measured_uptime_since=since).update(
        measured_uptime_percent=percent, measured_uptime_since=since
    )


def _record(action: str, row: UptimeMonitor, data: dict[str, object]) -> None:
    record(action, target=row, account_id=row.provider.account_id, data={"provider": row.provider.slug} | data)
