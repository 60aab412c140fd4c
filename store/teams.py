"""Who works in a store, and what they may do there.

Owners and admins of the store's account may do everything. Everybody else needs a place in the team
(`StoreMember`), which names what they may do; without any permission they only look.
"""

from accounts.models import Membership, User
from store.errors import PermissionLacking
from store.models import Store, StoreMember, TeamPermission
from store.querysets import StoreQuerySet

Permissions = frozenset[TeamPermission]
EVERYTHING: Permissions = frozenset(TeamPermission)
NOTHING: Permissions = frozenset()


def stores_of(user: User) -> StoreQuerySet:
    """Return the stores that the person works in, oldest first; none for a person who was switched off."""
    return Store.objects.of_team(user) if user.is_active else Store.objects.none()


def permissions_of(user: User, store: Store) -> Permissions:
    """Return what the person may do in the store, as the database has it now; strangers may do nothing."""
    if not stores_of(user).filter(pk=store.pk).exists():
        return NOTHING
    if is_in_charge(user, store):
        return EVERYTHING
    return permissions_in(StoreMember.objects.filter(store=store, user=user).first())


def may(user: User, store: Store, permission: TeamPermission) -> bool:
    """Return whether the person may do this in the store."""
    return permission in permissions_of(user, store)


def require(user: User, store: Store, permission: TeamPermission) -> None:
    """Raise PermissionLacking (403) unless the person may do this in the store."""
    if not may(user, store, permission):
        raise PermissionLacking(permission)


def is_in_charge(user: User, store: Store) -> bool:
    """Return whether the person is owner or admin of the store's account: no row gives or takes that."""
    membership = Membership.objects.filter(user=user, account=store.account_id).first()
    return membership is not None and membership.can_manage


def permissions_in(member: StoreMember | None) -> Permissions:
    """Return the permissions that a place in a team names; words that nobody knows any more give nothing."""
    names = member.permissions if member is not None else ()
    return frozenset(TeamPermission(name) for name in names if name in TeamPermission.values)
