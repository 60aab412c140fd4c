"""Links in the staff admin: visible and searchable; staff may only switch links off and on."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from audit.admin_base import ReadOnlyAdmin
from links import services
from links.models import Link


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    """Every account's links, newest first."""

    list_display = ["slug", "account", "target_url", "click_count", "is_active", "expires_at", "created_at"]
    list_filter = ["is_active"]
    list_select_related = ["account"]
    search_fields = ["=link_id", "=slug", "target_url", "=account__slug"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["switch_off", "switch_on"]
    fields = [
        "link_id",
        "account",
        "slug",
        "target_url",
        "title",
        "tags",
        "has_password",
        "expires_at",
        "expired_url",
        "max_clicks",
        "click_count",
        "redirect_type",
        "forward_query",
        "is_active",
        "created_at",
        "deleted_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Return the links with their clicks."""
        return Link.objects.counted()

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may switch links off and on."""
        return request.user.has_perm("links.change_link")

    @admin.action(description="Switch off: visitors get a 404", permissions=["switch"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Switch the chosen links off."""
        self._switch(request, queryset, is_active=False)

    @admin.action(description="Switch on", permissions=["switch"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Switch the chosen links on."""
        self._switch(request, queryset, is_active=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Link], *, is_active: bool) -> None:
        staff = request.user if isinstance(request.user, User) else None
        chosen = queryset.filter(deleted_at__isnull=True, is_active=not is_active).select_related("account")
        for link in chosen:
            services.update_link(link=link, user=staff, is_active=is_active)
        messages.success(request, f"{len(chosen)} links were switched {'on' if is_active else 'off'}.")
