"""Which account a signed-in person is working in."""

from typing import cast

from django.http import HttpRequest

from accounts.errors import NotAManager
from accounts.models import Account, Membership, User
from api.errors import NotFound

SESSION_KEY = "account_id"


def current_membership(request: HttpRequest) -> Membership:
    """Return the membership in use: the one chosen in this session, else the person's oldest.

    Closed accounts do not count. Raises NotFound (404) for a person without any other.
    """
    user = cast(User, request.user)
    memberships = Membership.objects.filter(user=user, account__closed_at__isnull=True)
    memberships = memberships.select_related("account").order_by("pk")
    wanted = request.session.get(SESSION_KEY)
    chosen = memberships.filter(account_id=wanted).first() if wanted else None
    membership = chosen or memberships.first()
    if membership is None:
        raise NotFound("You are not a member of any account.")
    return membership


def current_account(request: HttpRequest) -> Account:
    """Return the account in use."""
    return current_membership(request).account


def managed_account(request: HttpRequest) -> Account:
    """Return the account in use when the person may manage its keys and members.

    Raises NotAManager (403).
    """
    membership = current_membership(request)
    if not membership.can_manage:
        raise NotAManager
    return membership.account
