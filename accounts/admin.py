"""People, accounts and memberships in the staff admin."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import closing, services
from accounts.admin_base import ServiceAdmin
from accounts.models import Account, Membership, Role, User
from api.errors import PlatformError


class PersonCreationForm(UserCreationForm):
    """Asks for an e-mail address where Django asks for a user name."""

    class Meta:
        model = User
        fields = ("email", "name")


class PersonChangeForm(UserChangeForm):
    """The same person's other fields."""

    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """People. They are deactivated, or deleted by an action with what is theirs alone.

    Only superusers hand out rights or touch superusers.
    """

    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    ordering = ["-date_joined"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    actions = ["delete_people"]
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Return the rights too for those who are not superusers: nobody promotes themselves."""
        fields = list(super().get_readonly_fields(request, obj))
        if not cast(User, request.user).is_superuser:
            fields += ["is_staff", "is_superuser", "groups", "user_permissions"]
        return fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers change a superuser, the password included."""
        if obj is not None and obj.is_superuser and not cast(User, request.user).is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes a mere row: deactivate, or use the action."""
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may delete people."""
        return request.user.has_perm("accounts.delete_user")

    @admin.action(description="Delete with the accounts that nobody else is in", permissions=["end"])
    def delete_people(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Delete the chosen people, after asking; superusers only by superusers."""
        actor = cast(User, request.user)
        if not actor.is_superuser:
            queryset = queryset.filter(is_superuser=False)
        warning = "Their sign-in and the accounts that nobody else is in are deleted for good."
        return _end_each(
            self,
            request,
            queryset,
            warning,
            lambda user: closing.delete_person(user=user, actor=actor, by_operator=True),
        )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save; a new person gets an account of their own, as by signing up."""
        obj.email = obj.email.strip().lower()
        super().save_model(request, obj, form, change)
        if not change:
            services.open_account(owner=obj, name=obj.get_short_name())


def _end_each(
    site: ModelAdmin, request: HttpRequest, rows: QuerySet[Any], warning: str, end: Callable[[Any], None]
) -> HttpResponse | None:
    """Ask first, then end each row; a refusal becomes a message and does not keep the others."""
    if "confirmed" not in request.POST:
        context = site.admin_site.each_context(request) | {
            "title": "Are you sure?",
            "rows": rows,
            "warning": warning,
        }
        return render(request, "admin/accounts/confirm.html", context | {"action": request.POST["action"]})
    for row in rows:
        name = str(row)
        try:
            end(row)
        except PlatformError as refused:
            site.message_user(request, f"{name}: {refused.message}", messages.ERROR)
        else:
            site.message_user(request, f"{name} is gone.", messages.SUCCESS)
    return None


class MembershipInline(TabularInline):
    """The members of an account, to look at; memberships have their own page."""

    model = Membership
    extra = 0
    can_delete = False
    hide_title = True
    fields = readonly_fields = ["user", "role", "created_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False


@admin.register(Account)
class AccountAdmin(ServiceAdmin):
    """Tenants."""

    list_display = ["name", "slug", "created_at", "closed_at"]
    search_fields = ["name", "slug", "memberships__user__email"]
    fields = ["name", "slug", "created_at", "closed_at"]
    readonly_fields = ["slug", "created_at", "closed_at"]
    inlines = [MembershipInline]
    actions = ["close_accounts"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether this member of the staff may close accounts."""
        return request.user.has_perm("accounts.delete_account")

    @admin.action(description="Close, and delete all that they own", permissions=["end"])
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        """Close the chosen accounts, after asking; one whose removal was interrupted is finished."""
        actor = cast(User, request.user)
        warning = "Their links, clicks, stores, keys, plans and memberships are deleted for good."
        return _end_each(
            self,
            request,
            queryset,
            warning,
            lambda row: closing.close_account(account=row, actor=actor, by_operator=True),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are opened with their owner, by signing up or by adding a person."""
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Rename through the service."""
        services.rename_account(account=obj, name=obj.name, actor=cast(User, request.user), by_operator=True)


@admin.register(Membership)
class MembershipAdmin(ServiceAdmin):
    """Who is in which account."""

    list_display = ["user", "account", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "account"]
    search_fields = ["user__email", "account__name", "account__slug"]
    autocomplete_fields = ["user", "account"]
    fields = ["account", "user", "role"]
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        """Only the role changes."""
        return ["account", "user"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Staff with the permission take people out of accounts."""
        return request.user.has_perm("accounts.delete_membership")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Add or change through the service."""
        actor, role = cast(User, request.user), Role(obj.role)
        if change:
            services.change_role(membership=obj, role=role, actor=actor, by_operator=True)
        else:
            added = services.add_member(
                account=obj.account, user=obj.user, role=role, actor=actor, by_operator=True
            )
            obj.pk = added.pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove through the service."""
        services.remove_member(membership=obj, actor=cast(User, request.user), by_operator=True)
