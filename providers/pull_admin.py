"""Pulls in the staff admin: the same editor with the same test as the provider's own, the log, what was held."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from api.errors import PlatformError
from audit.admin_base import ReadOnlyAdmin
from providers import services
from providers.models import HeldChange, PullSource, SyncRun
from providers.pull_forms import PullForm, redrawn
from providers.pull_pages import decide, editor_context, held_rows
from providers.trials import Trial, try_pull


class OpeningForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Where a provider is pulled from; everything else follows in the editor."""

    class Meta:
        model = PullSource
        fields: ClassVar[list[str]] = ["provider", "url"]


@admin.register(PullSource)
class PullSourceAdmin(ServiceAdmin):
    """Every provider's pull. Secrets are never shown."""

    form = OpeningForm
    list_display = ["provider", "host", "format", "paused_reason", "failures", "last_run_at", "next_due_at"]
    list_filter = ["paused_reason", "format"]
    list_select_related = ["provider"]
    search_fields = ["=provider__slug", "host"]
    autocomplete_fields = ["provider"]
    ordering = ["provider__slug"]
    show_full_result_count = False
    actions = ["pull_now"]

    def save_model(self, request: HttpRequest, obj: PullSource, form: Any, change: bool) -> None:
        """Set a pull up through the service."""
        given = {"url": obj.url}
        saved = services.save_pull(
            provider=obj.provider, settings=given, is_partial=False, actor=cast(User, request.user)
        )
        obj.pk, obj.host = saved.pk, saved.host

    def response_add(
        self, request: HttpRequest, obj: PullSource, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on in the editor."""
        return HttpResponseRedirect(reverse("admin:providers_pullsource_change", args=[obj.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the editor; save, test, or draw it again with a rule more or less."""
        source = self.get_object(request, object_id)
        if source is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_or_change_permission(request, source):
            raise PermissionDenied
        may_change = self.has_change_permission(request, source)
        if request.method != "POST" or not may_change:
            return self._draw(request, source, PullForm(present=source), status=403 if request.POST else 200)
        wish = request.POST.get("do", "")
        if wish.startswith(("add-row", "remove-row")):
            return self._draw(request, source, redrawn(request.POST, present=source, wish=wish))
        return self._done(request, source, PullForm(request.POST, present=source), wish)

    def _done(self, request: HttpRequest, source: PullSource, form: PullForm, wish: str) -> HttpResponse:
        if not form.is_valid():
            return self._draw(request, source, form, status=400)
        provider, actor = source.provider, cast(User, request.user)
        try:
            if wish == "test":
                trial = try_pull(services.drafted(provider, form.wanted, source))
                return self._draw(request, source, form, trial)
            services.save_pull(provider=provider, settings=form.settings, is_partial=False, actor=actor)
        except PlatformError as error:
            form.add_error(None, error.message)
            return self._draw(request, source, form, status=error.status)
        self.message_user(request, "The settings are saved.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)

    def _draw(
        self,
        request: HttpRequest,
        source: PullSource,
        form: PullForm,
        trial: Trial | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **editor_context(form, trial),
            "opts": self.opts,
            "original": source,
            "title": f"Pull of {source.provider}",
            "may_change": self.has_change_permission(request, source),
        }
        return TemplateResponse(request, "admin/providers/pull_source.html", context, status=status)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this member of the staff may take settings away."""
        return request.user.has_perm("providers.delete_pullsource")

    def delete_model(self, request: HttpRequest, obj: PullSource) -> None:
        """Remove the settings through the service."""
        services.remove_pull(provider=obj.provider, actor=cast(User, request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PullSource]) -> None:
        """Remove several."""
        for source in queryset.select_related("provider"):
            self.delete_model(request, source)

    @admin.action(description="Pull now", permissions=["change"])
    def pull_now(self, request: HttpRequest, queryset: QuerySet[PullSource]) -> None:
        """Queue a pull of each; what cannot be pulled now is named."""
        queued = 0
        for source in queryset.select_related("provider"):
            try:
                services.request_refresh(provider=source.provider, actor=cast(User, request.user))
                queued += 1
            except PlatformError as error:
                self.message_user(request, f"{source.provider}: {error.message}", messages.ERROR)
        self.message_user(request, f"{queued} queued; the runs appear within a minute.", messages.SUCCESS)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Every pull, the newest first."""

    list_display = ["started_at", "provider", "trigger", "status", "http_status", "received_bytes", "error_code"]
    list_select_related = ["provider"]
    list_filter = ["status", "trigger", "error_code"]
    search_fields = ["=provider__slug"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(HeldChange)
class HeldChangeAdmin(ReadOnlyAdmin):
    """What pulls brought and the guard held back; accepted or rejected after it was shown."""

    list_display = ["first_seen_at", "provider", "field", "old", "new", "state", "decided_by"]
    list_select_related = ["provider", "decided_by"]
    list_filter = ["state", "field"]
    search_fields = ["=provider__slug"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["accept", "reject"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may decide."""
        return request.user.has_perm("providers.change_heldchange")

    @admin.action(description="Accept", permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[HeldChange]) -> HttpResponse | None:
        """Apply the chosen changes, after showing them."""
        return self._decide(request, queryset, "accept")

    @admin.action(description="Reject", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[HeldChange]) -> HttpResponse | None:
        """Leave the listings as they are, after showing the changes."""
        return self._decide(request, queryset, "reject")

    def _decide(self, request: HttpRequest, queryset: QuerySet[HeldChange], decision: str) -> HttpResponse | None:
        changes = queryset.select_related("provider")
        if "confirmed" not in request.POST:
            shown = {"title": decision.capitalize(), "held": held_rows(changes), "action": decision}
            context = {**self.admin_site.each_context(request), **shown}
            return render(request, "admin/providers/decide_held.html", context)
        for held in changes:
            try:
                seen = request.POST.get(f"seen_{held.pk}", "")
                said = decide(held, decision, cast(User, request.user), seen=seen)
                self.message_user(request, f"{held.provider}: {said}", messages.SUCCESS)
            except PlatformError as error:
                self.message_user(request, f"{held.provider}: {error.message}", messages.ERROR)
        return None
