"""People, accounts and memberships in the staff admin."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import services
from accounts.admin_base import ServiceAdmin
from accounts.models import Account, Membership, Role, User


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
    """People. They are deactivated, never deleted; only superusers hand out rights or touch superusers."""

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
        """Nobody deletes: deactivate instead."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save; a new person gets an account of their own, as by signing up."""
        obj.email = obj.email.strip().lower()
        super().save_model(request, obj, form, change)
        if not change:
            services.open_account(owner=obj, name=obj.get_short_name())


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

    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug", "memberships__user__email"]
    fields = ["name", "slug", "created_at"]
    readonly_fields = ["slug", "created_at"]
    inlines = [MembershipInline]

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
