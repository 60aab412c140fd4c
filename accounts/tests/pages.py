"""What the tests of pages share: a signed-in browser, and the promise that no page asks another host."""

import re

from django.test import Client

from accounts.models import Account, Role, User
from accounts.services import add_member
from accounts.tests.factories import make_user

_ASKED = re.compile(
    r"""<(?:link|script|img|source|iframe|object|use|form)\b[^>]*?\b(?:src|href|action|data)=["']([^"']+)"""
)


def signed_in(user: User) -> Client:
    """Return a browser of the person."""
    client = Client()
    client.force_login(user)
    return client


def member_of(account: Account, role: Role = Role.MEMBER) -> User:
    """Return a new person with a role in the account."""
    user = make_user()
    add_member(account=account, user=user, role=role)
    return user


def owner_of(account: Account) -> User:
    """Return the account's first owner."""
    return account.memberships.get(role=Role.OWNER).user


def outside_addresses(html: str) -> list[str]:
    """Return what the page would fetch from, or send to, another host."""
    return [address for address in _ASKED.findall(html) if re.match(r"(?:[a-z]+:)?//", address)]
