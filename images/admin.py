"""Results and jobs in the staff admin: visible and searchable, read-only; the images are not shown."""

from django.contrib import admin

from audit.admin_base import ReadOnlyAdmin
from images.models import Job, Result


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    """Every account's results that have not expired, newest first."""

    list_display = ["id", "account", "format", "original_bytes", "compressed_bytes", "created_at", "expires_at"]
    list_filter = ["format"]
    list_select_related = ["account"]
    search_fields = ["=id", "=session_id", "=account__slug"]
    ordering = ["-created_at"]
    show_full_result_count = False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Every account's jobs that have not expired, newest first."""

    list_display = ["id", "account", "status", "attempts", "created_at", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["account"]
    search_fields = ["=id", "=session_id", "=account__slug"]
    ordering = ["-created_at"]
    show_full_result_count = False
