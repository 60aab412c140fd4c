"""The bases of server-rendered pages."""

from typing import Any, cast

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views import View

from accounts.current import current_membership, managed_account
from accounts.models import Account, Membership, User
from api.errors import PlatformError
from api.handlers import refusal_response


class PageView(View):
    """A page whose refusals, wherever they are raised, become the platform's error page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or refuse with the refusal's own status and sentence."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except PlatformError as error:
            return refusal_response(request, error)


class SignedInPage(LoginRequiredMixin, PageView):
    """A page of a signed-in person, never kept by a cache: after signing out, Back shows nothing."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with `Cache-Control: no-store`."""
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    @property
    def person(self) -> User:
        """Return who is signed in."""
        return cast(User, self.request.user)

    @property
    def membership(self) -> Membership:
        """Return the membership in use; raises NotFound (404) for a person without an account."""
        return current_membership(self.request)

    @property
    def account(self) -> Account:
        """Return the account in use; raises NotFound (404)."""
        return self.membership.account

    @property
    def managed_account(self) -> Account:
        """Return the account in use for those who may manage it; raises NotAManager (403)."""
        return managed_account(self.request)
