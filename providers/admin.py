"""The directory in the staff admin: listings are opened, judged and closed here, each through a service."""

from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from accounts.models import User
from apikeys.models import ApiKey
from audit.admin_base import ReadOnlyAdmin
from providers import nodes_admin, pull_admin, reviews_admin, services, uptime_admin
from providers.models import Change, Provider
from providers.names import WRITABLE

# Django looks for admin pages in this module alone.
__all__ = ["nodes_admin", "pull_admin", "reviews_admin", "uptime_admin"]

OPENED_WITH = ("account", "slug", "name", "description", "is_demo", "is_live")
MAX_KEYS = 20
STANDING = ("verified", "flux_labs_partner", "is_live")
TOLD_BY_OTHERS = ("rating", "review_count", "version", "created_at", "updated_at", "last_push_at")


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Says beside its field what the service would refuse."""

    class Meta:
        model = Provider
        fields: ClassVar[list[str]] = ["account", "slug", "name", "description"]

    def clean(self) -> dict[str, Any]:
        """Look for the name among the live listings, and for the slug among the routes."""
        data: dict[str, Any] = super().clean() or {}
        key = services.name_key(data.get("name") or self.instance.name)
        others = Provider.objects.live().exclude(pk=self.instance.pk)
        if data.get("is_live") and key and others.filter(name_key=key).exists():
            raise ValidationError("Another live listing has this name.")
        if data.get("slug") in services.RESERVED_SLUGS:
            raise ValidationError({"slug": "This slug is a route of the directory."})
        return data


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    """Listings with their standing. What a provider says about itself is for the provider to change."""

    form = ProviderForm
    list_display = ["name", "slug", "account", "type", "verified", "is_live", "is_demo", "last_push_at"]
    list_filter = ["is_live", "verified", "flux_labs_partner", "is_demo", "type"]
    list_select_related = ["account"]
    search_fields = ["=slug", "name", "account__name"]
    ordering = ["slug"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Provider | None = None) -> tuple[str, ...]:
        """Show what opens a listing, or everything about an open one."""
        if obj is None:
            return OPENED_WITH
        own = tuple(name for name in WRITABLE if name != "tiers")
        return ("account", "slug", *STANDING, "is_demo", "keys", *own, "prices", *TOLD_BY_OTHERS)

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> tuple[str, ...]:
        """Leave only the standing of an open listing to change."""
        return () if obj is None else tuple(n for n in self.get_fields(request, obj) if n not in STANDING)

    @admin.display(description="prices per month")
    def prices(self, provider: Provider) -> str:
        """Return the tiers on one line."""
        return ", ".join(f"{t.tier} {t.plan_name}: {t.price}" for t in provider.tiers.all()) or "none"

    @admin.display(description="API keys")
    def keys(self, provider: Provider) -> SafeString:
        """Return the live keys of the listing, and the ways to all of them and to a new one."""
        add, every = reverse("admin:apikeys_apikey_add"), reverse("admin:apikeys_apikey_changelist")
        bound = {"account": provider.account_id, "product": "fluxme", "resource": provider.slug, "name": "Push"}
        live = ApiKey.objects.of(provider.account, "fluxme").filter(resource=provider.slug).live()
        links = [
            (reverse("admin:apikeys_apikey_change", args=[key.pk]), f"{key.name} ({key.hint})")
            for key in live[:MAX_KEYS]
        ]
        links.append((f"{every}?product__exact=fluxme&resource={provider.slug}", "All keys"))
        links.append((f"{add}?{urlencode(bound)}", "Issue or import a key"))
        return format_html_join(" · ", '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', links)

    def save_model(self, request: HttpRequest, obj: Provider, form: "ModelForm[Provider]", change: bool) -> None:
        """Open the listing, or set its standing, through the services."""
        actor = cast(User, request.user)
        fields = form.cleaned_data
        if change:
            services.set_standing(provider=obj, actor=actor, **{name: fields[name] for name in STANDING})
        else:
            opened = services.create_provider(actor=actor, **{name: fields[name] for name in OPENED_WITH})
            obj.pk, obj.name_key = opened.pk, opened.name_key

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """Nobody deletes: a listing is closed, and its log stays."""
        return False


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """What changed in which listing, newest first."""

    list_display = ["at", "provider", "version", "source", "field", "old", "new"]
    list_select_related = ["provider"]
    list_filter = ["source", "field"]
    search_fields = ["=provider__slug"]
    ordering = ["-id"]
    show_full_result_count = False
