"""Every write to people and accounts."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.errors import AlreadyMember, LastOwner
from accounts.models import Account, Membership, Role, User
from audit.services import record


@transaction.atomic
def open_account(*, owner: User, name: str, slug: str | None = None) -> Account:
    """Open an account with its first owner. Without a slug, one is made from the name."""
    base = slug or f"{slugify(name)[:48] or 'account'}-{secrets.token_hex(3)}"
    account = Account.objects.create(name=name, slug=base)
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    record("account.opened", target=account, account_id=account.pk, user=owner, data={"slug": base})
    return account


@transaction.atomic
def add_member(*, account: Account, user: User, role: Role = Role.MEMBER, actor: User | None = None) -> Membership:
    """Put a person into an account.

    Raises AlreadyMember (409).
    """
    try:
        with transaction.atomic():
            membership = Membership.objects.create(account=account, user=user, role=role)
    except IntegrityError:
        raise AlreadyMember from None
    data = {"user": user.pk, "role": str(role)}
    record("membership.added", target=membership, account_id=account.pk, user=actor, data=data)
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: Role, actor: User | None = None) -> Membership:
    """Change a member's role.

    Raises LastOwner (409) when the account would be left without an owner.
    """
    locked = _lock(membership)
    before = locked.role
    if before == Role.OWNER and role != Role.OWNER:
        _require_another_owner(locked)
    locked.role = role
    locked.save(update_fields=["role"])
    data = {"user": locked.user_id, "from": before, "to": str(role)}
    record("membership.role_changed", target=locked, account_id=locked.account_id, user=actor, data=data)
    return locked


@transaction.atomic
def remove_member(*, membership: Membership, actor: User | None = None) -> None:
    """Take a person out of an account.

    Raises LastOwner (409) when the account would be left without an owner.
    """
    locked = _lock(membership)
    if locked.role == Role.OWNER:
        _require_another_owner(locked)
    data = {"user": locked.user_id, "role": locked.role}
    record("membership.removed", target=locked, account_id=locked.account_id, user=actor, data=data)
    locked.delete()


def _lock(membership: Membership) -> Membership:
    """Lock the account first: two owners who demote each other at once must not both succeed."""
    Account.objects.select_for_update().get(pk=membership.account_id)
    return Membership.objects.select_for_update().get(pk=membership.pk)


def _require_another_owner(membership: Membership) -> None:
    others = Membership.objects.filter(account_id=membership.account_id, role=Role.OWNER).exclude(pk=membership.pk)
    if not others.exists():
        raise LastOwner
