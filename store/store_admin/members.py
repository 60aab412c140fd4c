"""The team of the store: who works in it, and what each may do."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminEmailInputWidget

from accounts.member_pages import count_invitation
from apikeys.models import ApiKey
from store.models import Store, StoreMember, TeamPermission
from store.services import team
from store.store_admin.chosen import may, person_of, store_of
from store.store_admin.forms import TenantForm
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_MOST_NAMED = 10
# Short enough for a phone of 320 pixels.
_MEANINGS = ("change the store", "refund orders", "make orders", "see e-mails")
_CHOICES = [(str(name), f"{name}: {text}") for name, text in zip(TeamPermission, _MEANINGS, strict=True)]


class MemberForm(TenantForm):
    """A person, named by address when they are added, and what they may do."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The address with which the person signed up here.",
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    permissions = forms.MultipleChoiceField(
        choices=_CHOICES,
        required=False,
        help_text="Without any they only look. You can give and take what you may do yourself.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = StoreMember
        fields: ClassVar[list[str]] = ["permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["email"]


@admin.register(StoreMember, site=store_admin_site)
class MemberAdmin(TenantModelAdmin):
    """People of the team. The account's owners and admins need no row."""

    form = MemberForm
    group, icon = "Configuration", "group"
    permission = TeamPermission.EDIT
    list_before_template = "store_admin/members_note.html"
    list_display = ["person", "allowed", "created_at"]
    list_display_links = ["person"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]
    ordering = ["pk"]
    fields = ["person", "permissions", "created_at"]
    readonly_fields = ["person", "created_at"]

    def get_fields(self, request: HttpRequest, obj: StoreMember | None = None) -> Any:
        """Return the address of a new member, the person of one who is there."""
        return super().get_fields(request, obj) if obj else ["email", "permissions"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody may leave; who manages the team may take others out."""
        if isinstance(obj, StoreMember) and obj.user_id == request.user.pk:
            return self.is_own(request, obj)
        return super().has_delete_permission(request, obj)

    @admin.display(description="Person", ordering="user__email")
    def person(self, member: StoreMember) -> str:
        """Return the address, and the name where there is one."""
        return f"{member.user.name} <{member.user.email}>" if member.user.name else member.user.email

    @admin.display(description="May")
    def allowed(self, member: StoreMember) -> str:
        """Return the permissions in one line."""
        return ", ".join(member.permissions) or "Look only"

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Model:
        """Add a person; how often somebody may ask for an address is limited."""
        count_invitation(request)
        return team.add_to_team(
            store=store, email=fields["email"], permissions=fields["permissions"], actor=person_of(request)
        )

    def update(self, request: HttpRequest, obj: StoreMember, fields: dict[str, Any]) -> Model:
        """Say anew what they may do."""
        permissions = fields.get("permissions", obj.permissions)
        return team.set_permissions(
            member=obj, store=store_of(request), permissions=permissions, actor=person_of(request)
        )

    def remove(self, request: HttpRequest, obj: StoreMember) -> None:
        """Take them out, and say which of their keys go on working: keys belong to the store."""
        store = store_of(request)
        team.remove_from_team(member=obj, store=store, actor=person_of(request))
        keys = ApiKey.objects.of(store.account, "fluxstore").live().filter(resource=store.store_id)
        names = [f"{key.name} ({key.hint})" for key in keys.filter(created_by=obj.user_id)[:_MOST_NAMED]]
        if names and may(request, TeamPermission.EDIT):
            text = f"API keys that {obj.user.email} made still work: {', '.join(names)}. Revoke them?"
            self.message_user(request, text, messages.WARNING)
