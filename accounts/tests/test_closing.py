"""The end of accounts and of people: what goes, what stays, and who may."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models.query import QuerySet

from accounts import closing, services
from accounts.errors import AccountClosed, LastOwner, NotAManager
from accounts.models import Account, Membership, Role, User
from accounts.tasks import finish_closing
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, owner_of, signed_in
from api.errors import NotFound
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def half_closed(account: Account) -> Account:
    """Close the account as far as an interruption right after the first step would have."""
    closing._close(account.pk, None, by_operator=True)
    account.refresh_from_db()
    return account


def closers_of(monkeypatch, *paths: str) -> None:
    """Let these functions alone remove what an account owns."""
    for config in apps.get_app_configs():
        monkeypatch.setattr(config, "account_closers", (), raising=False)
    monkeypatch.setattr(apps.get_app_config("accounts"), "account_closers", paths, raising=False)


# --- Accounts -----------------------------------------------------------------------------------------


def test_a_closed_account_is_gone_and_its_members_stay():
    account = make_account()
    owner = owner_of(account)
    closing.close_account(account=account, actor=owner)
    assert not Account.objects.exists()
    assert not Membership.objects.exists()
    assert list(User.objects.all()) == [owner]


def test_closing_is_told_to_the_audit_trail_which_stays_and_names_nobody():
    account = make_account(name="Ada Lovelace", slug="ada-lovelace")
    owner = owner_of(account)
    services.rename_account(account=account, name="Ada King", actor=owner)
    closing.close_account(account=account, actor=owner)
    events = AuditEvent.objects.filter(account_id=account.pk).order_by("pk")
    assert [event.action for event in events] == ["account.opened", "account.renamed", "account.closed"]
    assert events[2].actor == f"user:{owner.pk}"
    assert not any("ada" in str(event.data).lower() for event in events)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_only_owners_close_an_account(role):
    account = make_account()
    with pytest.raises(NotAManager):
        closing.close_account(account=account, actor=member_of(account, role))
    with pytest.raises(NotAManager):
        closing.close_account(account=account, actor=make_user())
    assert Account.objects.get().closed_at is None


def test_an_operator_closes_any_account():
    account = make_account()
    closing.close_account(account=account, actor=make_user(), by_operator=True)
    assert not Account.objects.exists()


def test_closing_twice_changes_nothing_more():
    account = make_account()
    owner = owner_of(account)
    closing.close_account(account=account, actor=owner)
    closing.close_account(account=account, actor=owner)
    closing.finish_closing(account.pk)
    assert AuditEvent.objects.filter(action="account.closed").count() == 1


def test_an_open_account_is_never_removed():
    account = make_account()
    closing.finish_closing(account.pk)
    assert closing.finish_all() == 0
    assert Account.objects.exists()


# --- Between closing and removal ------------------------------------------------------------------------


def test_a_closed_account_is_seen_and_changed_by_nobody():
    account = half_closed(make_account())
    owner = owner_of(account)
    assert not Account.objects.of_user(owner).exists()
    assert signed_in(owner).get("/dashboard/").status_code == 404
    with pytest.raises(NotFound):
        services.rename_account(account=account, name="New", actor=owner)
    with pytest.raises(NotFound):
        services.add_member(account=account, user=make_user(), actor=owner)


def test_what_is_gone_cannot_be_held_open():
    account = make_account()
    with transaction.atomic():
        closing.hold_open(account.pk)
    closing.close_account(account=account, actor=owner_of(account))
    with transaction.atomic(), pytest.raises(AccountClosed):
        closing.hold_open(account.pk)


def break_down(account: Account) -> None:
    raise RuntimeError(account.pk)


def test_an_interrupted_removal_leaves_a_closed_account_which_the_task_finishes(monkeypatch):
    account = make_account()
    with monkeypatch.context() as patched:
        closers_of(patched, f"{__name__}.break_down")
        with pytest.raises(RuntimeError):
            closing.close_account(account=account, actor=owner_of(account))
    assert Account.objects.get().closed_at is not None
    assert finish_closing() == 1
    assert not Account.objects.exists()


def test_a_second_call_of_the_owner_finishes_too(monkeypatch):
    account = make_account()
    half_closed(account)
    closing.close_account(account=account, actor=owner_of(account))
    assert not Account.objects.exists()
    assert AuditEvent.objects.filter(action="account.closed").count() == 1


@pytest.mark.parametrize(("failures", "is_removed"), [(1, True), (closing.ATTEMPTS, False)])
def test_a_row_that_is_stored_at_the_last_moment_is_removed_with_the_next_attempt(
    monkeypatch, failures, is_removed
):
    account = half_closed(make_account())
    delete, left = QuerySet.delete, [None] * failures

    def fail_first(rows: QuerySet):
        if rows.model is Account and left:
            left.pop()
            raise IntegrityError("a key has just been stored")
        return delete(rows)

    monkeypatch.setattr(QuerySet, "delete", fail_first)
    if is_removed:
        closing.finish_closing(account.pk)
    else:
        with pytest.raises(IntegrityError):
            closing.finish_closing(account.pk)
    assert Account.objects.exists() is not is_removed


# --- People -------------------------------------------------------------------------------------------


def test_a_deleted_person_leaves_no_address_session_or_second_factor():
    user = make_user(email="ada@example.test")
    make_account(owner=user)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = signed_in(user)
    client.get("/dashboard/")
    staff = make_user(is_staff=True)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=staff, content_type=kind, object_id=str(user.pk), object_repr=user.email, action_flag=CHANGE
    )
    assert UserSession.objects.exists()
    closing.delete_person(user=user, actor=user)
    assert list(User.objects.all()) == [staff]
    for model in (EmailAddress, Authenticator, UserSession, Session, LogEntry, Account):
        assert not model.objects.exists()
    assert client.get("/dashboard/").status_code == 302
    assert not any("ada" in str(event.data) for event in AuditEvent.objects.all())
    assert AuditEvent.objects.filter(action="person.deleted", actor=f"user:{user.pk}").exists()


def test_a_person_leaves_the_accounts_that_others_are_in():
    account = make_account()
    user = member_of(account, Role.ADMIN)
    own = make_account(owner=user)
    closing.delete_person(user=user, actor=user)
    assert list(Account.objects.all()) == [account]
    assert AuditEvent.objects.filter(action="membership.removed", account_id=account.pk).exists()
    assert AuditEvent.objects.filter(action="account.closed", account_id=own.pk).exists()


def test_the_last_owner_of_an_account_with_others_stays_and_nothing_happens():
    user = make_user()
    own, shared = make_account(owner=user), make_account(owner=user, name="Shared")
    member_of(shared)
    with pytest.raises(LastOwner, match="Shared"):
        closing.delete_person(user=user, actor=user)
    assert User.objects.filter(pk=user.pk).exists()
    assert set(Account.objects.of_user(user)) == {own, shared}


def test_nobody_deletes_others_but_the_staff():
    user, other = make_user(), make_user()
    for actor in (other, None):
        with pytest.raises(NotAManager):
            closing.delete_person(user=user, actor=actor)
    closing.delete_person(user=user, actor=other, by_operator=True)
    closing.delete_person(user=user, actor=other, by_operator=True)
    assert list(User.objects.all()) == [other]


def refuse_to_go(user: User) -> None:
    raise RuntimeError(user.pk)


def rename_first(user: User) -> None:
    assert User.objects.filter(pk=user.pk).update(name="Closed") == 1


def test_apps_put_their_rows_in_order_in_the_transaction_that_deletes_the_person(monkeypatch):
    user = make_user()
    paths = (f"{__name__}.rename_first", f"{__name__}.refuse_to_go")
    monkeypatch.setattr(apps.get_app_config("accounts"), "person_closers", paths, raising=False)
    with pytest.raises(RuntimeError):
        closing.delete_person(user=user, actor=user)
    assert User.objects.get(pk=user.pk).name == ""
    monkeypatch.setattr(apps.get_app_config("accounts"), "person_closers", paths[:1])
    closing.delete_person(user=user, actor=user)
    assert not User.objects.filter(pk=user.pk).exists()


def test_a_member_of_a_closed_account_can_be_deleted():
    account = make_account()
    user = member_of(account)
    half_closed(account)
    closing.delete_person(user=user, actor=user)
    assert not User.objects.filter(pk=user.pk).exists()
