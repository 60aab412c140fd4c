"""Bans: new ones, their end, and lifting them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import TextInput
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from store.ban_serializers import BanChangesInput, BanInput
from store.models import Ban, Store, TeamPermission
from store.services import bans
from store.store_admin.api_rules import as_the_api
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import StoreListFilter
from store.store_admin.forms import TenantForm
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_WHOM = ["player_username", "player_uuid", "ip_address"]
_RULE = "A name, a UUID or an address is needed; each that you give bans by itself. They cannot change later."


class BanForm(TenantForm):
    """Whom to ban, why and for how long."""

    class Meta:
        model = Ban
        fields = (*_WHOM, "reason", "expires_at", "is_active")
        labels = {
            "player_username": "Player",
            "player_uuid": "Player UUID",
            "ip_address": "Address",
            "expires_at": "Ends at",
            "is_active": "Active",
        }
        help_texts = {
            "player_username": "Case makes no difference.",
            "player_uuid": "With or without hyphens.",
            "ip_address": "An IPv4 or IPv6 address, or a network such as 203.0.113.0/24.",
            "reason": "For your team; at most 500 characters.",
            "expires_at": "Empty is for good. In the store's time zone.",
            "is_active": "Take the mark away to lift the ban and keep it on record.",
        }


class InEffectFilter(StoreListFilter):
    """Whether a ban keeps somebody out now."""

    title, parameter_name = "in effect", "in_effect"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return yes and no."""
        return [("yes", "Yes"), ("no", "No")]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the bans of one answer."""
        ones = Ban.objects.of_store(store).in_effect(timezone.now()).values("pk")
        return rows.filter(pk__in=ones) if value == "yes" else rows.exclude(pk__in=ones)


@admin.register(Ban, site=store_admin_site)
class BanAdmin(TenantModelAdmin):
    """Players and addresses that may not buy."""

    group, icon = "Players", "block"
    permission = TeamPermission.EDIT
    form = BanForm
    list_display = ["whom", "reason", "state", "expires_at", "created_at"]
    csv_columns = (*_WHOM, "reason", "is_active", "expires_at", "created_at")
    list_filter = [InEffectFilter, "is_active"]
    search_fields = ["player_username", "player_uuid", "ip_address", "reason"]
    ordering = ["-created_at", "-id"]

    def get_fieldsets(self, request: HttpRequest, obj: Ban | None = None) -> Any:
        """A new ban is active."""
        whom = ("Whom", {"fields": _WHOM, "description": _RULE})
        rest = ["reason", "expires_at", *(["is_active", "state", "created_at"] if obj else [])]
        return [whom, ("Ban", {"fields": rest})]

    def get_readonly_fields(self, request: HttpRequest, obj: Ban | None = None) -> list[str]:
        """Whom it names stays."""
        return [*_WHOM, "state", "created_at"] if obj else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Names and addresses are no words of a dictionary."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in _WHOM and field is not None and isinstance(field.widget, TextInput):
            field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        return field

    @display(description="Whom", ordering="player_key")
    def whom(self, ban: Ban) -> str:
        """Return all that it names."""
        return ", ".join(str(value) for name in _WHOM if (value := getattr(ban, name)))

    @display(description="In effect", label={"In effect": "danger", "Over": "info", "Lifted": "info"})
    def state(self, ban: Ban) -> str:
        """Return whether it keeps somebody out now."""
        if not ban.is_active:
            return "Lifted"
        return "Over" if ban.expires_at is not None and ban.expires_at <= timezone.now() else "In effect"

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Ban:
        """Ban somebody."""
        given = {name: value for name, value in fields.items() if value not in (None, "")}
        return bans.create_ban(store=store, user=person_of(request), **as_the_api(BanInput, given, store))

    def update(self, request: HttpRequest, obj: Ban, fields: dict[str, Any]) -> Ban:
        """Change why and for how long, or lift it."""
        store = store_of(request)
        given = as_the_api(BanChangesInput, fields, store, is_change=True)
        return bans.update_ban(ban=obj, store=store, user=person_of(request), **given)

    def remove(self, request: HttpRequest, obj: Ban) -> None:
        """Lift a ban and forget it."""
        bans.delete_ban(ban=obj, store=store_of(request), user=person_of(request))
