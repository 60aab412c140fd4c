"""The pages of an account's members. Who may do what is decided in `accounts.services`."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_ratelimit.core import is_ratelimited

from accounts import services
from accounts.forms import AccountNameForm, InviteForm, RoleForm, offer_roles, offered_roles
from accounts.models import Membership, Role, User
from accounts.page_views import SignedInPage
from api.errors import Conflict, InvalidFields, NotFound, TooManyRequests

# An invitation tells whether an address has signed up, so nobody may ask that at speed.
INVITATIONS_PER_HOUR = 30


def count_invitation(request: HttpRequest) -> None:
    """Count an invitation of the person who signed in; raises TooManyRequests (429).

    Every page on which somebody is added by address calls it, so that all of them together have one limit.
    """
    rate = f"{INVITATIONS_PER_HOUR}/h"
    if is_ratelimited(request, group="invitations", key="user", rate=rate, increment=True):
        raise TooManyRequests(retry_after_seconds=3600, message="Too many invitations. Try again in an hour.")


class MembersPage(SignedInPage):
    """Lists the members; managers add people who have signed up."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the members."""
        return self._show(InviteForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add a person by e-mail; raises NotAManager (403), TooManyRequests (429)."""
        account = self.managed_account
        count_invitation(request)
        form = InviteForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        user = User.objects.filter(email=form.cleaned_data["email"].lower(), is_active=True).first()
        if user is None:
            form.add_error(
                "email", "Nobody has signed up with this address. Ask them to sign up first, then add them here."
            )
            return self._show(form, status=400)
        try:
            role = Role(form.cleaned_data["role"])
            services.add_member(account=account, user=user, role=role, actor=self.person)
        except Conflict as error:
            form.add_error("email", error.message)
            return self._show(form, status=error.status)
        messages.success(request, f"{user.email} is a member of {account.name} now.")
        return redirect("accounts:members")

    def _show(self, form: InviteForm, status: int = 200) -> HttpResponse:
        own = self.membership
        roles = offered_roles(is_owner=own.role == Role.OWNER)
        members = Membership.objects.filter(account=own.account).select_related("user").order_by("pk")
        context = {
            "own": own,
            "members": members,
            "roles": roles,
            "form": offer_roles(form, roles),
            "name_form": AccountNameForm(initial={"name": own.account.name}),
        }
        return render(self.request, "accounts/members.html", context, status=status)


class MemberPage(SignedInPage):
    """The base of pages about one member of the account in use; others are 404."""

    def member(self, pk: int) -> Membership:
        """Return the membership; raises NotFound (404)."""
        account = self.account
        found = Membership.objects.filter(account=account, pk=pk).select_related("user", "account").first()
        if found is None:
            raise NotFound
        return found


class MemberRolePage(MemberPage):
    """Changes a role."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change it; raises NotAManager (403), LastOwner (409), InvalidFields (400)."""
        member = self.member(pk)
        form = RoleForm(request.POST)
        if not form.is_valid():
            raise InvalidFields("There is no such role.")
        services.change_role(membership=member, role=Role(form.cleaned_data["role"]), actor=self.person)
        messages.success(request, f"The role of {member.user.email} was changed.")
        return redirect("accounts:members")


class MemberRemovePage(MemberPage):
    """Takes a person out of the account, after asking."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask."""
        member = self.member(pk)
        context = {"member": member, "is_self": member.user_id == self.person.pk}
        return render(request, "accounts/member_remove.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it; raises NotAManager (403), LastOwner (409)."""
        member = self.member(pk)
        services.remove_member(membership=member, actor=self.person)
        messages.success(request, f"{member.user.email} left {member.account.name}.")
        return redirect("accounts:dashboard" if member.user_id == self.person.pk else "accounts:members")


class AccountNamePage(SignedInPage):
    """Renames the account."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Rename; raises NotAManager (403), InvalidFields (400)."""
        account = self.managed_account
        form = AccountNameForm(request.POST)
        if not form.is_valid():
            raise InvalidFields("The name must have 1 to 120 characters.")
        services.rename_account(account=account, name=form.cleaned_data["name"], actor=self.person)
        messages.success(request, "The account has a new name.")
        return redirect("accounts:members")
