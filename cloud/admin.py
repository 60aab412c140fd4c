"""Flux Cloud in the staff admin: who is signed in, and which Flux ids sign people in. Staff may end either."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from audit.admin_base import ReadOnlyAdmin
from cloud import services
from cloud.models import FluxIdentity, Session


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Sessions of Flux ids, newest first."""

    list_display = ["zelid", "created_at", "expires_at", "ended_at"]
    search_fields = ["=owner", "=zelid"]
    ordering = ["-id"]
    show_full_result_count = False
    fields = ["zelid", "created_at", "expires_at", "ended_at"]
    actions = ["log_out_everywhere"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may end sessions."""
        return request.user.has_perm("cloud.change_session")

    @admin.action(description="Log these Flux IDs out everywhere", permissions=["end"])
    def log_out_everywhere(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """End every session of the chosen ones' ids."""
        for zelid in sorted(set(queryset.values_list("zelid", flat=True))):
            services.log_out_everywhere(zelid=zelid)
        self.message_user(request, "They are logged out everywhere.")


@admin.register(FluxIdentity)
class FluxIdentityAdmin(ReadOnlyAdmin):
    """Flux ids that sign people in."""

    list_display = ["zelid", "user", "created_at"]
    list_select_related = ["user"]
    search_fields = ["=owner", "=zelid", "user__email"]
    ordering = ["-id"]
    fields = ["zelid", "user", "created_at"]
    actions = ["unlink"]

    def has_unlink_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may unlink Flux ids."""
        return request.user.has_perm("cloud.delete_fluxidentity")

    @admin.action(description="Unlink: they no longer sign their people in", permissions=["unlink"])
    def unlink(self, request: HttpRequest, queryset: QuerySet[FluxIdentity]) -> None:
        """Unlink the chosen ids; the event names who did it."""
        actor = request.user
        assert isinstance(actor, User)  # noqa: S101 - the admin lets nobody else in
        for identity in queryset:
            services.unlink_identity(identity=identity, actor=actor)
        self.message_user(request, "They are unlinked.")
