"""The pages that end an account or a sign-in. Both ask for the password again, and for a word to be typed."""

from collections.abc import Mapping
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator

from accounts import closing
from accounts.errors import NotAManager
from accounts.forms import TypedWordForm
from accounts.models import Account, Role
from accounts.page_views import SignedInPage
from api.errors import Conflict


@method_decorator(reauthentication_required, name="get")
@method_decorator(reauthentication_required, name="post")
class AccountClosePage(SignedInPage):
    """Closes the account in use; for its owners."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask; raises NotAManager (403)."""
        del request
        account = self._own_account()
        return self._show(account, self._form(account))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close it; raises NotAManager (403)."""
        account = self._own_account()
        form = self._form(account, request.POST)
        if not form.is_valid():
            return self._show(account, form, status=400)
        try:
            closing.close_account(account=account, actor=self.person)
        except Conflict as error:
            form.add_error(None, error.message)
            return self._show(account, form, status=error.status)
        messages.success(request, f"{account.name} is closed. All that it owned is gone.")
        has_another = Account.objects.of_user(self.person).exists()
        return redirect("accounts:dashboard" if has_another else "accounts:security")

    def _own_account(self) -> Account:
        if self.membership.role != Role.OWNER:
            raise NotAManager
        return self.account

    @staticmethod
    def _form(account: Account, data: Mapping[str, Any] | None = None) -> TypedWordForm:
        return TypedWordForm(data, word=account.slug, label=f"Type {account.slug}")

    def _show(self, account: Account, form: TypedWordForm, status: int = 200) -> HttpResponse:
        context = {"account": account, "form": form}
        return render(self.request, "accounts/account_close.html", context, status=status)


@method_decorator(reauthentication_required, name="get")
@method_decorator(reauthentication_required, name="post")
class PersonDeletePage(SignedInPage):
    """Deletes the person who is signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        del request
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do it, and sign out."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            closing.delete_person(user=self.person, actor=self.person)
        except Conflict as error:
            form.add_error(None, error.message)
            return self._show(form, status=error.status)
        logout(request)
        messages.success(request, "Your sign-in is deleted.")
        return redirect("accounts:home")

    def _form(self, data: Mapping[str, Any] | None = None) -> TypedWordForm:
        email = self.person.email
        return TypedWordForm(data, word=email, label=f"Type {email}")

    def _show(self, form: TypedWordForm, status: int = 200) -> HttpResponse:
        alone = list(closing.alone_in(self.person))
        shared = [account for account in Account.objects.of_user(self.person) if account not in alone]
        context = {"form": form, "closing": alone, "leaving": shared}
        return render(self.request, "accounts/person_delete.html", context, status=status)
