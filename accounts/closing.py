"""The end of accounts and of people.

An account is closed in one short transaction: from then on its keys are refused, its members see it no more, and
nothing new can be made in it. What it owned is removed afterwards, in as many transactions as it takes; whoever is
interrupted there, a second call or the task goes on.
"""

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import services
from accounts.errors import AccountClosed, LastOwner, NotAManager, StillInUse
from accounts.models import Account, Membership, Role, User
from audit.services import record

ATTEMPTS = 5


def close_account(*, account: Account, actor: User | None, by_operator: bool = False) -> None:
    """Close an account and remove all that it owns. Closing what is closed finishes what was begun.

    by_operator: done by the staff, whatever the actor's role. Raises NotAManager (403) unless the actor is an
    owner, StillInUse (409) when the operator must take something out first.

    Apps name what removes their rows in their app config: `account_closers = ("links.closing.remove_links",)`.
    Each takes the account, may use many transactions, and may be called again. What has few rows needs none: it
    goes with the account's row. Audit events stay; they hold ids, no names and no addresses.
    """
    _close(account.pk, actor, by_operator=by_operator)
    finish_closing(account.pk)


def finish_closing(account_id: int) -> None:
    """Remove what a closed account owned, and the account; safe to run twice, also at the same time."""
    with transaction.atomic():
        # This lock waits for those who held the account open when it was closed; nobody can hold it since.
        account = Account.objects.select_for_update().filter(pk=account_id, closed_at__isnull=False).first()
    if account is None:
        return
    for path in _named_by_apps("account_closers"):
        import_string(path)(account)
    attempt = 1
    while not _remove_row(account, is_last_attempt=attempt == ATTEMPTS):
        attempt += 1


def finish_all() -> int:
    """Finish what was interrupted; return how many accounts were removed."""
    waiting = list(Account.objects.filter(closed_at__isnull=False).order_by("pk").values_list("pk", flat=True))
    for account_id in waiting:
        finish_closing(account_id)
    return len(waiting)


def delete_person(*, user: User, actor: User | None, by_operator: bool = False) -> None:
    """Delete a person: their sign-in, sessions and memberships, and the accounts that nobody else is in.

    by_operator: done by the staff; otherwise everybody deletes themselves. Raises NotAManager (403), LastOwner
    (409) when an account with other members would be left without an owner, StillInUse (409); then nothing has
    happened.

    Apps name what must be put in order first in their app config:
    `person_closers = ("providers.services.reviews.remove_reviews_of",)`. Each takes the person, and works in the
    transaction that deletes them. Other rows that hang on a person go with their row.
    """
    for account_id in _delete_sign_in(user, actor, by_operator=by_operator):
        finish_closing(account_id)


def alone_in(user: User) -> models.QuerySet[Account]:
    """Return the open accounts that have no other member."""
    others = Membership.objects.exclude(user=user).filter(account=models.OuterRef("pk"))
    return Account.objects.of_user(user).filter(~models.Exists(others))


def hold_open(account_id: int) -> None:
    """Keep an account open until the transaction ends; raises AccountClosed (403) when it is closed or gone.

    Nobody waits here; who closes the account waits for those who hold it before anything is removed. On SQLite
    every transaction has the database for itself anyway.
    """
    sql = "SELECT 1 FROM accounts_account WHERE id = %s AND closed_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql + (" FOR KEY SHARE" if connection.vendor == "postgresql" else ""), [account_id])
        if cursor.fetchone() is None:
            raise AccountClosed


def _named_by_apps(what: str) -> list[str]:
    """Return the functions that the apps name under this word, in the order of the apps."""
    return [path for config in apps.get_app_configs() for path in getattr(config, what, ())]


@transaction.atomic
def _close(account_id: int, actor: User | None, *, by_operator: bool) -> None:
    # A lock that lets others hold the account open: while many come, a stronger one would never be had.
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        return
    owners = Membership.objects.filter(account=account, role=Role.OWNER)
    if not by_operator and not owners.filter(user=actor).exists():
        raise NotAManager
    if account.closed_at is not None:
        return
    _require_nothing_protected(account)
    account.closed_at = timezone.now()
    account.save(update_fields=["closed_at"])
    record("account.closed", target=account, account_id=account.pk, user=actor)


def _remove_row(account: Account, *, is_last_attempt: bool) -> bool:
    """Delete the account with the few rows that hang on it; return False when it has to be tried again."""
    try:
        with transaction.atomic():
            _forget_in_admin(account)
            Account.objects.filter(pk=account.pk).delete()
    except IntegrityError:
        # A request that began before the account was closed has just stored something of it.
        if is_last_attempt:
            raise
        return False
    return True


def _require_nothing_protected(account: Account) -> None:
    """Raise StillInUse for rows that must not go with their account, such as listings of the directory."""
    for relation in Account._meta.related_objects:
        rows = relation.related_model._base_manager.filter(**{relation.field.name: account})
        if relation.on_delete is models.PROTECT and rows.exists():
            raise StillInUse(str(relation.related_model._meta.verbose_name_plural))


@transaction.atomic
def _delete_sign_in(user: User, actor: User | None, *, by_operator: bool) -> list[int]:
    """Delete the person; return the accounts that are closed with them."""
    if not by_operator and (actor is None or actor.pk != user.pk):
        raise NotAManager
    # Locked, so that nobody joins an account that is about to be closed because nobody else is in it.
    list(Account.objects.of_user(user).select_for_update(of=("self",), no_key=True))
    alone = list(alone_in(user).values_list("pk", flat=True))
    for account_id in alone:
        _close(account_id, actor, by_operator=True)
    rest = Membership.objects.filter(user=user, account__closed_at__isnull=True)
    for membership in rest.select_related("account").order_by("account_id"):
        try:
            services.remove_member(membership=membership, actor=actor, by_operator=True)
        except LastOwner:
            name = membership.account.name
            raise LastOwner(f"{name} needs another owner first, or must be closed.") from None
    # Locked, so that nothing new hangs on the person once the closers have looked.
    list(User.objects.select_for_update().filter(pk=user.pk))
    for path in _named_by_apps("person_closers"):
        import_string(path)(user)
    record("person.deleted", target=user, user=actor)
    for session in UserSession.objects.filter(user=user):
        session.end()
    _forget_in_admin(user)
    User.objects.filter(pk=user.pk).delete()
    return alone


def _forget_in_admin(row: User | Account) -> None:
    """Delete what the staff admin logged of a row: it keeps names and e-mail addresses as text."""
    content_type = ContentType.objects.get_for_model(row)
    LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk)).delete()
