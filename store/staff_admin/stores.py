"""Stores with their settings and teams, what they sell, and whom they ban."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from store.models import Ban, Category, Package, Server, Store, StoreMember, TeamPermission
from store.players import player_key
from store.services import bans, packages, servers, team, update_store
from store.staff_admin.base import ReasonForm, StaffAdmin, amount
from store.store_admin.settings import SettingsForm

_PERMISSIONS = forms.MultipleChoiceField(
    choices=TeamPermission.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
)


class StaffSettingsForm(ReasonForm, SettingsForm):
    """The settings of a store, and why they change."""

    field_order = ["name", "timezone", "bans_on_chargeback", "reason"]


class JoinForm(ReasonForm):
    """What a member of the staff will be able to do in a store."""

    permissions = _PERMISSIONS


class PlaceForm(ReasonForm):
    """What a person of a team may do."""

    permissions = _PERMISSIONS


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """Stores with the account that owns them."""

    store_path = "pk"
    list_display = ["name", "store_id", "account", "currency", "timezone", "is_demo", "created_at"]
    list_select_related = ["account"]
    search_help_text = "A store's id, or a part of its name or of its account's."
    ordering = ["-pk"]
    actions_detail = ["change_settings", "join"]
    fields: ClassVar[list[str]] = [
        *("name", "store_id", "account", "currency", "timezone", "bans_on_chargeback", "is_demo", "created_at"),
        "trail",
    ]

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: no store has one."""
        return Q(pk__in=[])

    def by_word(self, word: str) -> Q:
        """Return what a word means: a part of a name."""
        return Q(name__icontains=word) | Q(account__name__icontains=word)

    @action(description="Change settings", url_path="settings", permissions=["act"], icon="settings")
    def change_settings(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change name, time zone and what follows a chargeback."""

        def act(store: Store, fields: dict[str, Any], person: User) -> str:
            own = {name: fields[name] for name in ("name", "timezone", "bans_on_chargeback")}
            update_store(store=store, actor=person, by_operator=True, **own)
            return "The settings are saved."

        def form(posted: Any, store: Store) -> forms.Form:
            return StaffSettingsForm(posted, store=store)

        text = "The currency stays."
        return self.deed(request, object_id, act, verb="Change settings", done="changed", text=text, form=form)

    @action(description="Join the team", url_path="join", permissions=["act"], icon="group_add")
    def join(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Work in the store as one of its team: in the store admin, with its rules, under one's own name."""

        def act(store: Store, fields: dict[str, Any], person: User) -> str:
            team.add_to_team(
                store=store, email=person.email, permissions=fields["permissions"], actor=person, by_operator=True
            )
            return (
                f"You are in the team: open /store-admin/?store={store.store_id}, and leave the team afterwards."
            )

        def form(posted: Any, store: Store) -> forms.Form:
            return JoinForm(posted)

        text = "The store's people see you in their team. What you do there is on record under your name."
        return self.deed(request, object_id, act, verb="Join the team", done="joined", text=text, form=form)


@admin.register(StoreMember)
class StoreMemberAdmin(StaffAdmin):
    """People of the teams."""

    list_display = ["user", "store", "allowed", "created_at"]
    list_select_related = ["user", "store"]
    search_help_text = "A store's id, or a part of an address."
    ordering = ["-pk"]
    actions_detail = ["change_place", "remove"]
    fields: ClassVar[list[str]] = ["store", "user", "allowed", "created_at", "trail"]

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: nobody has one."""
        return Q(pk__in=[])

    def by_word(self, word: str) -> Q:
        """Return what a word means: a part of an address."""
        return Q(user__email__icontains=word)

    @admin.display(description="May")
    def allowed(self, member: StoreMember) -> str:
        """Return the permissions in one line."""
        return ", ".join(member.permissions) or "Look only"

    @action(description="Change permissions", url_path="place", permissions=["act"], icon="rule")
    def change_place(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say anew what they may do."""

        def act(member: StoreMember, fields: dict[str, Any], person: User) -> str:
            names = fields["permissions"]
            team.set_permissions(
                member=member, store=member.store, permissions=names, actor=person, by_operator=True
            )
            return "The permissions are changed."

        def form(posted: Any, member: StoreMember) -> forms.Form:
            return PlaceForm(posted, initial={"permissions": member.permissions})

        text = "What is ticked is allowed, nothing else."
        return self.deed(request, object_id, act, verb="Change permissions", done="changed", text=text, form=form)

    @action(description="Take out of the team", url_path="remove", permissions=["act"], icon="person_remove")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take them out."""

        def act(member: StoreMember, fields: dict[str, Any], person: User) -> str:
            team.remove_from_team(member=member, store=member.store, actor=person, by_operator=True)
            return "The person is out of the team."

        text = "They cannot enter the store any more."
        return self.deed(request, object_id, act, verb="Take out of the team", done="removed", text=text)


@admin.register(Server)
class ServerAdmin(StaffAdmin):
    """Game servers."""

    list_display = ["name", "store", "created_at"]
    actions_detail = ["remove"]
    fields: ClassVar[list[str]] = ["id", "store", "name", "created_at", "trail"]

    @action(description="Remove", url_path="remove", permissions=["act"], icon="delete")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remove it."""

        def act(server: Server, fields: dict[str, Any], person: User) -> str:
            servers.remove_server(server=server, store=server.store, actor=person)
            return "The server is removed."

        text = "Commands of packages that run on it alone go with it."
        return self.deed(request, object_id, act, verb="Remove", done="removed", text=text)


@admin.register(Category)
class CategoryAdmin(StaffAdmin):
    """Categories."""

    list_display = ["name", "store", "parent", "is_active", "created_at"]
    list_select_related = ["store", "parent"]


@admin.register(Package)
class PackageAdmin(StaffAdmin):
    """Packages, hidden ones too."""

    list_display = ["name", "store", "costs", "type", "is_active", "hidden_at", "created_at"]
    list_filter = ["type", "is_active"]
    actions_detail = ["hide"]
    costs = amount("price", "Price")

    def has_shown_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether it was not hidden yet."""
        return self.may_act(request, object_id, lambda package: package.hidden_at is None)

    @action(description="Hide", url_path="hide", permissions=["shown"], icon="visibility_off")
    def hide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete it as far as anyone can see."""

        def act(package: Package, fields: dict[str, Any], person: User) -> str:
            packages.hide_package(package=package, store=package.store, user=person)
            return "The package is hidden."

        text = "The store loses it for good; orders keep what was sold."
        return self.deed(request, object_id, act, verb="Hide", done="hidden", text=text)


@admin.register(Ban)
class BanAdmin(StaffAdmin):
    """Bans."""

    list_display = ["__str__", "store", "reason", "is_active", "expires_at", "created_at"]
    list_filter = ["is_active"]
    search_help_text = "A store's id, a ban's id, a player's UUID, or a name or address, whole."
    actions_detail = ["lift"]

    def by_id(self, wanted: str) -> Q:
        """Return what a UUID means: a ban or a player."""
        return Q(pk=wanted) | Q(player_uuid=wanted)

    def by_word(self, word: str) -> Q:
        """Return what a word means: a name or an address."""
        return Q(player_key=player_key(word)) | Q(ip_address=word)

    def has_active_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether it is in force, or would be."""
        return self.may_act(request, object_id, lambda ban: ban.is_active)

    @action(description="Lift", url_path="lift", permissions=["active"], icon="lock_open")
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the player buy again."""

        def act(ban: Ban, fields: dict[str, Any], person: User) -> str:
            bans.update_ban(ban=ban, store=ban.store, user=person, is_active=False)
            return "The ban is lifted."

        text = "The player may buy again; the ban stays on record, switched off."
        return self.deed(request, object_id, act, verb="Lift the ban", done="lifted", text=text)
