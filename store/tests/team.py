"""People of a store's team."""

from accounts.models import User
from accounts.tests.factories import make_user
from store.models import Store, StoreMember, TeamPermission

EDIT, REFUNDS, ORDERS, PII = TeamPermission
NAMES = list(TeamPermission.values)


def make_member(store: Store, *permissions: str, user: User | None = None) -> User:
    """Return a person who is in the store's team with these permissions."""
    user = user or make_user()
    StoreMember.objects.create(store=store, user=user, permissions=[str(name) for name in permissions])
    return user
