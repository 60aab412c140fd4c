"""The fixed cast: people and accounts."""

import itertools

from accounts import services
from accounts.models import Account, User

_numbers = itertools.count(1)


def make_user(**overrides) -> User:
    """Return a saved person with the password `correct horse`."""
    fields = {"email": f"person{next(_numbers)}@example.test", "password": "correct horse"} | overrides
    return User.objects.create_user(**fields)


def make_account(*, owner: User | None = None, **overrides) -> Account:
    """Return an account with an owner."""
    number = next(_numbers)
    fields = {"name": f"Account {number}", "slug": f"account-{number}"} | overrides
    return services.open_account(owner=owner or make_user(), **fields)
