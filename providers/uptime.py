"""Measured uptime as people and programs read it: ninety days and their incidents."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.safestring import mark_safe

from providers import charts
from providers.models import MEASURED_DAYS, Incident, Provider, UptimeDay, UptimeMonitor

MAX_INCIDENTS = 100
INCIDENTS_ON_PROFILE = 10
_CAUSES = {
    "unreachable": "Did not answer",
    "too_slow": "Answered too slowly",
    "too_large": "Sent headers without end",
    "too_many_redirects": "Led from page to page",
    "bad_answer": "Sent a broken answer",
}


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident in words. ended_at, lasted: None and "" while it lasts."""

    started_at: datetime
    ended_at: datetime | None
    lasted: str
    cause: str


def is_measured(provider: Provider) -> bool:
    """Return whether somebody looks at the provider's status page."""
    return UptimeMonitor.objects.filter(provider=provider, is_active=True).exists()


def days_of(provider: Provider, today: date | None = None) -> list[UptimeDay]:
    """Return the measured days of the window, the oldest first; days that nobody looked at have no row."""
    return list(UptimeDay.objects.of(provider).window(MEASURED_DAYS, today or timezone.now().date()))


def incidents_of(provider: Provider, *, limit: int = MAX_INCIDENTS) -> list[Incident]:
    """Return the newest incidents of the window, at most so many."""
    first = timezone.now().date() - timedelta(days=MEASURED_DAYS - 1)
    return list(Incident.objects.of(provider).since(first)[:limit])


def uptime_panel(provider: Provider) -> dict[str, Any]:
    """Return what `providers/_uptime.html` shows on a listing's page: the figure, ninety bars, the incidents.

    Three queries; one for a provider that nobody measures.
    """
    if not is_measured(provider):
        return {"is_measured": False}
    today = timezone.now().date()
    rows = {row.day: row for row in days_of(provider, today)}
    days = [_bar(today - timedelta(days=back), rows) for back in range(MEASURED_DAYS - 1, -1, -1)]
    return {
        "is_measured": True,
        "measured_days": MEASURED_DAYS,
        # Our own drawing, of numbers and dates alone.
        "uptime_bars": mark_safe(charts.uptime_bars_svg(days)),  # noqa: S308
        "uptime_days": days,
        "incidents": [_line(found) for found in incidents_of(provider, limit=INCIDENTS_ON_PROFILE)],
    }


def _bar(day: date, rows: dict[date, UptimeDay]) -> charts.UptimeDay:
    row = rows.get(day)
    return charts.UptimeDay(day, row.measured_seconds if row else 0, row.down_seconds if row else 0)


def _line(incident: Incident) -> IncidentLine:
    seconds = incident.duration_seconds
    lasted = "" if seconds is None else charts.duration(seconds)
    return IncidentLine(incident.started_at, incident.ended_at, lasted, cause_text(incident.cause))


def cause_text(cause: str) -> str:
    """Return why a page counted as down, in words."""
    status = cause.removeprefix("http_")
    return f"Answered with status {status}" if status != cause else _CAUSES.get(cause, cause)
