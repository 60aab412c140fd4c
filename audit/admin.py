"""The trail in the staff admin: visible, searchable, read-only."""

from django.contrib import admin

from audit.admin_base import ReadOnlyAdmin
from audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what, newest first."""

    list_display = ["at", "action", "actor", "account_id", "target", "network", "request_id"]
    list_filter = ["action"]
    search_fields = ["=target", "=actor", "=request_id", "=account_id"]
    ordering = ["-id"]
    show_full_result_count = False
