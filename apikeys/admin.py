"""Keys in the staff admin: seen, issued or imported, rolled and revoked, never edited; digests are not shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from unfold.decorators import action as detail_action

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from api.errors import PlatformError
from apikeys import mails, services
from apikeys.admin_forms import IssueForm, ReasonForm, RevokeKeyForm, RollKeyForm
from apikeys.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ServiceAdmin):
    """The keys of every account."""

    form = IssueForm
    list_display = ["hint", "name", "product", "account", "resource", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["product", "is_operator_issued", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["=id", "name", "resource", "account__name", "account__slug"]
    autocomplete_fields = ["account"]
    ordering = ["-created_at"]
    actions = ["revoke_keys"]
    actions_detail = ["roll_key", "revoke_key"]
    shown = [
        "id",
        "account",
        "product",
        "resource",
        "name",
        "hint",
        "scopes",
        "version",
        "rate_per_minute",
        "is_operator_issued",
        "created_by",
        "created_at",
        "expires_at",
        "grace_until",
        "revoked_at",
        "last_used_at",
        "last_used_network",
    ]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """Return the form's fields for a new key, what may be seen for an old one."""
        return self.shown if obj else [*IssueForm.Meta.fields, "own_secret", "send_mail"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """An issued key is not edited."""
        return self.shown if obj else []

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Return whether the list's actions are offered; one key is only looked at."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this key can be rolled or revoked, and by this member of the staff."""
        key = self.get_object(request, object_id or "")
        return key is not None and key.revoked_at is None and self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Issue or import through the service, and keep what came of it for this one answer."""
        secret: str = form.cleaned_data["own_secret"]
        given = {name: getattr(obj, name) for name in IssueForm.Meta.fields} | {"actor": request.user}
        if secret:
            issued = services.import_key(secret=secret, **given)
        else:
            issued = services.issue(by_operator=True, **given)
        obj.pk, obj.hint = issued.key.pk, issued.key.hint
        request.issued = issued  # type: ignore[attr-defined]  # read by response_add, gone with the request
        request.own_form = form  # type: ignore[attr-defined]  # likewise

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """Answer with the secret, if it is ours, and the mail: the only page that ever shows it."""
        issued: services.Issued = request.issued  # type: ignore[attr-defined]  # set by save_model
        form = request.own_form  # type: ignore[attr-defined]  # set by save_model
        return self._done(
            request, issued.key, form, "imported" if form.cleaned_data["own_secret"] else "issued", issued
        )

    @detail_action(description="Roll", url_path="roll", permissions=["end"])
    def roll_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Replace the secret, by one of ours or by the user's own, after asking for the grace."""
        key = cast(ApiKey, self.get_object(request, object_id))
        form = RollKeyForm(request.POST or None, key=key)

        def roll() -> HttpResponse:
            data = form.cleaned_data
            key.version, own = data["version"], data["own_secret"]
            grace = timedelta(days=data["grace_days"] or 0)
            issued = services.roll(key=key, grace=grace, secret=own or None, actor=cast(User, request.user))
            return self._done(request, issued.key, form, "replaced" if own else "rolled", issued)

        return self._ask(request, key, form, roll, title=f"Roll {key}", verb="Roll")

    @detail_action(description="Revoke", url_path="revoke", permissions=["end"])
    def revoke_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the key for good, after asking."""
        key = cast(ApiKey, self.get_object(request, object_id))
        form = RevokeKeyForm(request.POST or None)

        def revoke() -> HttpResponse:
            actor, reason = cast(User, request.user), form.cleaned_data["reason"]
            return self._done(request, services.revoke(key=key, actor=actor, reason=reason), form, "revoked")

        return self._ask(request, key, form, revoke, title=f"Revoke {key}", verb="Revoke")

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Revoke each key through the service, after asking why."""
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            context = self.admin_site.each_context(request) | {
                "title": "Revoke keys",
                "form": form,
                "rows": queryset,
            }
            status = 400 if form.errors else 200
            return TemplateResponse(request, "admin/apikeys/revoke_many.html", context, status=status)
        reason = form.cleaned_data["reason"]
        with transaction.atomic():
            for key in queryset:
                services.revoke(key=key, actor=cast(User, request.user), reason=reason)
        self.message_user(request, f"{len(queryset)} keys revoked.", messages.SUCCESS)
        return None

    def _ask(
        self,
        request: HttpRequest,
        key: ApiKey,
        form: forms.Form,
        act: Callable[[], HttpResponse],
        **words: str,
    ) -> HttpResponse:
        """Show the form, or do what it asks for; a refusal comes back beside it."""
        if form.is_valid():
            try:
                with transaction.atomic():
                    return act()
            except PlatformError as error:
                form.add_error(None, error.message)
        context = self.admin_site.each_context(request) | {"opts": self.opts, "key": key, "form": form} | words
        return TemplateResponse(request, "admin/apikeys/ask.html", context, status=400 if form.errors else 200)

    def _done(
        self,
        request: HttpRequest,
        key: ApiKey,
        form: Any,
        event: mails.Event,
        issued: services.Issued | None = None,
    ) -> HttpResponse:
        """Answer with the mail, and with a secret that we made: the only page that ever shows it.

        The template is drawn after the transaction has ended, and so knows what became of the mail.
        """
        mail = mails.mail_about(key, event)
        if form.cleaned_data["send_mail"]:
            mails.send_on_commit(mail, key=key, actor=cast(User, request.user))
        context = self.admin_site.each_context(request) | {
            "title": "Copy the new key now" if event in {"issued", "rolled"} else "Tell the account",
            "opts": self.opts,
            "key": key,
            "secret": issued.secret if issued is not None and event in {"issued", "rolled"} else "",
            "is_wanted": form.cleaned_data["send_mail"],
            "mail": mail,
        }
        response = TemplateResponse(request, "admin/apikeys/issued.html", context)
        add_never_cache_headers(response)
        return response
