"""Measured uptime in the staff admin: the staff say which page is looked at; what was found is there to read."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from audit.admin_base import ReadOnlyAdmin
from providers.models import Incident, UptimeMonitor
from providers.services import uptime as services
from providers.uptime_forms import read_status_url

_SEEN = ("checked_at", "answered_at", "failing_since", "failing_cause", "failures", "next_due_at")


class MonitorForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Which page is looked at."""

    class Meta:
        model = UptimeMonitor
        fields = ("provider", "status_url", "is_active")

    def clean_status_url(self) -> str:
        """Refuse what we never ask."""
        return read_status_url(self.cleaned_data["status_url"])


@admin.register(UptimeMonitor)
class UptimeMonitorAdmin(ServiceAdmin):
    """Status pages. Nobody deletes one: switched off, its days stay."""

    form = MonitorForm
    list_display = ["provider", "status_url", "is_active", "checked_at", "failing_since", "failing_cause"]
    list_filter = ["is_active"]
    list_select_related = ["provider"]
    search_fields = ["=provider__slug", "provider__name"]
    autocomplete_fields = ["provider"]
    fields = ("provider", "status_url", "is_active", *_SEEN)
    ordering = ["provider__slug"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: UptimeMonitor | None = None) -> tuple[str, ...]:
        """Leave the page to change, not whose it is."""
        return _SEEN if obj is None else ("provider", *_SEEN)

    def save_model(self, request: HttpRequest, obj: UptimeMonitor, form: Any, change: bool) -> None:
        """Set the page through the service."""
        row = services.set_monitor(
            provider=obj.provider,
            status_url=form.cleaned_data["status_url"],
            is_active=form.cleaned_data["is_active"],
            actor=cast(User, request.user),
        )
        obj.pk = row.pk


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """What was down and when, the newest first."""

    list_display = ["started_at", "ended_at", "monitor_of", "cause"]
    list_select_related = ["monitor__provider"]
    list_filter = ["cause"]
    search_fields = ["=monitor__provider__slug"]
    ordering = ["-started_at"]
    show_full_result_count = False

    @admin.display(description="provider")
    def monitor_of(self, incident: Incident) -> str:
        """Return whose page it was."""
        return incident.monitor.provider.name
