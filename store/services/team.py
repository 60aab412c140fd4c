"""Every write to a store's team.

Whoever holds `Stores:Edit` manages the team, but only within what they hold themselves: they give and take no
other permission, so nobody raises themselves. Owners and admins of the account hold everything without a row, and
an account always keeps an owner, so nobody can lock everybody out.
"""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts.models import User
from api.errors import NotFound
from audit.services import record
from store.errors import BeyondOwnPermissions, InTeamAlready, field_fault
from store.models import Store, StoreMember, TeamPermission
from store.teams import Permissions, is_in_charge, permissions_in, permissions_of, require

_UNKNOWN_PERSON = "nobody has signed up with this address; ask them to sign up first, then add them here"


@transaction.atomic
def add_to_team(
    *, store: Store, email: str, permissions: Iterable[str], actor: User, by_operator: bool = False
) -> StoreMember:
    """Put a person, who has signed up, into the store's team.

    by_operator: done by the staff, whatever the actor holds. The answer tells whether an address has signed up, as
    an invitation to an account does: the page limits how often somebody may ask.

    Raises PermissionLacking, BeyondOwnPermissions (403), InvalidFields (400) for an address that nobody signed up
    with and for unknown permissions, InTeamAlready (409).
    """
    wanted = _known(permissions)
    _lock(store)
    _require_within(store, actor, wanted, by_operator=by_operator)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise field_fault("email", "unknown", _UNKNOWN_PERSON)
    if is_in_charge(user, store):
        raise InTeamAlready("This person manages the store's account and may do everything already.")
    try:
        with transaction.atomic():
            member = StoreMember.objects.create(store=store, user=user, permissions=_in_order(wanted))
    except IntegrityError:
        raise InTeamAlready from None
    data = {"user": user.pk, "permissions": member.permissions}
    record("store_member.added", target=member, account_id=store.account_id, user=actor, data=data)
    return member


@transaction.atomic
def set_permissions(
    *, member: StoreMember, store: Store, permissions: Iterable[str], actor: User, by_operator: bool = False
) -> StoreMember:
    """Say anew what a member may do.

    by_operator: as in `add_to_team`. Raises NotFound (404) when they left meanwhile, PermissionLacking,
    BeyondOwnPermissions (403), InvalidFields (400).
    """
    wanted = _known(permissions)
    locked = _locked_member(store, member)
    before = permissions_in(locked)
    _require_within(store, actor, before ^ wanted, by_operator=by_operator)
    if before == wanted:
        return locked
    locked.permissions = _in_order(wanted)
    locked.save(update_fields=["permissions"])
    data = {"user": locked.user_id, "from": _in_order(before), "to": locked.permissions}
    record("store_member.permissions_changed", target=locked, account_id=store.account_id, user=actor, data=data)
    return locked


@transaction.atomic
def remove_from_team(*, member: StoreMember, store: Store, actor: User, by_operator: bool = False) -> None:
    """Take a person out of the team; everybody may leave.

    by_operator: as in `add_to_team`. Raises NotFound (404) when they left already, PermissionLacking,
    BeyondOwnPermissions (403).
    """
    locked = _locked_member(store, member)
    held = permissions_in(locked)
    if locked.user_id != actor.pk:
        _require_within(store, actor, held, by_operator=by_operator)
    data = {"user": locked.user_id, "permissions": _in_order(held)}
    record("store_member.removed", target=locked, account_id=store.account_id, user=actor, data=data)
    locked.delete()


def _known(permissions: Iterable[str]) -> Permissions:
    names = list(permissions)
    if not set(names) <= set(TeamPermission.values):
        raise field_fault("permissions", "unknown", f"must be among: {', '.join(TeamPermission.values)}")
    return frozenset(TeamPermission(name) for name in names)


def _in_order(permissions: Permissions) -> list[str]:
    return [str(permission) for permission in TeamPermission if permission in permissions]


def _lock(store: Store) -> None:
    """Lock the store first: two who take `Stores:Edit` from each other at once must not both succeed."""
    # Without the key, so that nobody who adds rows to the store is waited for.
    if Store.objects.select_for_update(no_key=True).filter(pk=store.pk).first() is None:
        raise NotFound


def _locked_member(store: Store, member: StoreMember) -> StoreMember:
    _lock(store)
    locked = StoreMember.objects.select_for_update().filter(pk=member.pk, store=store).first()
    if locked is None:
        raise NotFound("This person is not in the team any more.")
    return locked


def _require_within(store: Store, actor: User, touched: Permissions, *, by_operator: bool) -> None:
    """Raise unless the actor manages the team and holds whatever is given or taken."""
    if by_operator:
        return
    require(actor, store, TeamPermission.EDIT)
    if not touched <= permissions_of(actor, store):
        raise BeyondOwnPermissions
