"""Keys in the staff admin: seen, issued (shown once) and revoked, never edited; digests are not shown."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from apikeys import services
from apikeys.models import ApiKey
from apikeys.resources import bound_resources


class IssueForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a key issued by the staff is made of; it may do everything its product has."""

    class Meta:
        model = ApiKey
        fields = ["account", "product", "resource", "name", "expires_at", "rate_per_minute"]
        help_texts = {
            "resource": "The provider's slug (Fluxme) or the store's id (FluxStore); empty for the others.",
            "rate_per_minute": "Requests a minute; empty: the plan's.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Refuse a provider or store that is not the account's."""
        data = super().clean() or {}
        if not data.get("account") or not data.get("product"):
            return data
        owned = bound_resources(data["product"], data["account"])
        if owned is None and data.get("resource"):
            self.add_error("resource", "Keys of this product are not bound to anything: leave this empty.")
        if owned is not None and data.get("resource") not in owned:
            self.add_error("resource", f"The account has: {', '.join(owned) or 'none'}.")
        return data


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
        return self.shown if obj else IssueForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """An issued key is not edited."""
        return self.shown if obj else []

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Return whether the list's actions are offered; one key is only looked at."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Issue through the service and keep the secret for this one answer."""
        issued = services.issue(
            account=obj.account,
            product=obj.product,
            name=obj.name,
            resource=obj.resource,
            expires_at=obj.expires_at,
            rate_per_minute=obj.rate_per_minute,
            actor=cast(User, request.user),
            by_operator=True,
        )
        obj.pk, obj.hint = issued.key.pk, issued.key.hint
        request.issued = issued  # type: ignore[attr-defined]  # read by response_add, gone with the request

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """Answer with the secret: the only page that ever shows it."""
        issued: services.Issued = request.issued  # type: ignore[attr-defined]  # set by save_model
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy the new key now",
            "opts": self.opts,
            "key": issued.key,
            "secret": issued.secret,
        }
        response = TemplateResponse(request, "admin/apikeys/issued.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Revoke each key through the service."""
        for key in queryset:
            services.revoke(key=key, actor=cast(User, request.user))
        self.message_user(request, f"{len(queryset)} keys revoked.", messages.SUCCESS)
