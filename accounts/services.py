"""Every write to people and accounts."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.errors import AlreadyMember, LastOwner, NotAManager
from accounts.models import Account, Membership, Role, User
from api.errors import NotFound
from audit.services import record


@transaction.atomic
def open_account(*, owner: User, name: str, slug: str | None = None) -> Account:
    """Open an account with its first owner. Without a slug, one is made from the name."""
    base = slug or f"{slugify(name)[:48] or 'account'}-{secrets.token_hex(5)}"
    account = Account.objects.create(name=name, slug=base)
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    record("account.opened", target=account, account_id=account.pk, user=owner)
    return account


@transaction.atomic
def rename_account(*, account: Account, name: str, actor: User, by_operator: bool = False) -> Account:
    """Give an account another name; its slug, which operators use, stays.

    by_operator: done by the staff, whatever the actor's role. Raises NotAManager (403), NotFound (404) when the
    account is closed.
    """
    locked = _lock_account(account.pk)
    if not by_operator:
        _require_rank(account.pk, actor, set())
    account.name = locked.name = name
    locked.save(update_fields=["name"])
    # Neither name: audit events outlive the account, and most accounts are named after a person.
    record("account.renamed", target=account, account_id=account.pk, user=actor)
    return account


@transaction.atomic
def add_member(
    *,
    account: Account,
    user: User,
    role: Role = Role.MEMBER,
    actor: User | None = None,
    by_operator: bool = False,
) -> Membership:
    """Put a person into an account.

    actor: who does it; without one, or with by_operator (the staff admin), no role is asked for.
    Raises AlreadyMember (409), NotAManager (403).
    """
    if not by_operator:
        _lock_account(account.pk)
        _require_rank(account.pk, actor, {role})
    try:
        with transaction.atomic():
            membership = Membership.objects.create(account=account, user=user, role=role)
    except IntegrityError:
        raise AlreadyMember from None
    data = {"user": user.pk, "role": str(role)}
    record("membership.added", target=membership, account_id=account.pk, user=actor, data=data)
    return membership


@transaction.atomic
def change_role(
    *, membership: Membership, role: Role, actor: User | None = None, by_operator: bool = False
) -> Membership:
    """Change a member's role. actor, by_operator: as in `add_member`.

    Raises LastOwner (409) when the account would be left without an owner, NotAManager (403).
    """
    locked = _lock(membership)
    before = Role(locked.role)
    if not by_operator:
        _require_rank(locked.account_id, actor, {before, role})
    if before == Role.OWNER and role != Role.OWNER:
        _require_another_owner(locked)
    locked.role = role
    locked.save(update_fields=["role"])
    data = {"user": locked.user_id, "from": str(before), "to": str(role)}
    record("membership.role_changed", target=locked, account_id=locked.account_id, user=actor, data=data)
    return locked


@transaction.atomic
def remove_member(*, membership: Membership, actor: User | None = None, by_operator: bool = False) -> None:
    """Take a person out of an account; everybody may leave. actor, by_operator: as in `add_member`.

    Raises LastOwner (409) when the account would be left without an owner, NotAManager (403).
    """
    locked = _lock(membership)
    if not by_operator and (actor is None or actor.pk != locked.user_id):
        _require_rank(locked.account_id, actor, {Role(locked.role)})
    if locked.role == Role.OWNER:
        _require_another_owner(locked)
    data = {"user": locked.user_id, "role": locked.role}
    record("membership.removed", target=locked, account_id=locked.account_id, user=actor, data=data)
    locked.delete()


def _lock(membership: Membership) -> Membership:
    """Lock the account first: two owners who demote each other at once must not both succeed.

    Raises NotFound (404) when the membership ended in the meantime.
    """
    _lock_account(membership.account_id)
    locked = Membership.objects.select_for_update().filter(pk=membership.pk).first()
    if locked is None:
        raise NotFound("This person is not a member any more.")
    return locked


def _lock_account(account_id: int) -> Account:
    """Lock an open account; raises NotFound (404) when it is closed or gone."""
    # Without the key, so that nobody who holds the account open (`closing.hold_open`) is waited for.
    rows = Account.objects.select_for_update(no_key=True)
    locked = rows.filter(pk=account_id, closed_at__isnull=True).first()
    if locked is None:
        raise NotFound("This account is closed.")
    return locked


def _require_rank(account_id: int, actor: User | None, touched: set[Role]) -> None:
    """Raise NotAManager unless the actor may touch these roles: managers the lower two, owners all three."""
    if actor is None:
        return
    own = Membership.objects.filter(account_id=account_id, user=actor).first()
    if own is None or not own.can_manage or (Role.OWNER in touched and own.role != Role.OWNER):
        raise NotAManager


def _require_another_owner(membership: Membership) -> None:
    """Raise LastOwner unless somebody else, who can still sign in, is owner too."""
    owners = Membership.objects.filter(account_id=membership.account_id, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise LastOwner
