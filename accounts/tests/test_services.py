"""People and accounts: who is in, who may what, and that an account never loses its last owner."""

import secrets

import pytest
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from accounts import services
from accounts.adapters import AccountAdapter
from accounts.current import SESSION_KEY, current_account, current_membership, managed_account
from accounts.errors import AlreadyMember, LastOwner, NotAManager
from accounts.models import Account, Membership, Role, User
from accounts.tests.factories import make_account, make_user
from api.errors import NotFound
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def member_of(account: Account, role: Role = Role.MEMBER) -> Membership:
    return services.add_member(account=account, user=make_user(), role=role)


def owner_of(account: Account) -> Membership:
    return account.memberships.get(role=Role.OWNER)


def last_event() -> tuple[str, str, int | None, dict]:
    event = AuditEvent.objects.latest("pk")
    return event.action, event.actor, event.account_id, event.data


# --- Accounts -----------------------------------------------------------------------------------------


def test_an_account_opens_with_its_owner():
    user = make_user()
    account = services.open_account(owner=user, name="Acme", slug="acme")
    assert (owner_of(account).user, str(account), account.slug) == (user, "Acme", "acme")
    assert last_event() == ("account.opened", f"user:{user.pk}", account.pk, {})


@pytest.mark.parametrize(
    ("name", "opening"), [("Acme & Söhne", "acme-sohne-"), ("日本", "account-"), ("a" * 120, "a" * 48 + "-")]
)
def test_a_slug_is_made_from_the_name(name, opening):
    user = make_user()
    first = services.open_account(owner=user, name=name)
    assert first.slug.startswith(opening)
    assert len(first.slug) <= 64
    assert services.open_account(owner=user, name=name).slug != first.slug


def test_an_account_that_cannot_open_leaves_nothing():
    make_account(slug="acme")
    before = AuditEvent.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        services.open_account(owner=make_user(), name="Acme", slug="acme")
    assert (Account.objects.count(), AuditEvent.objects.count()) == (1, before)


def test_the_accounts_of_a_person_come_oldest_first():
    user = make_user()
    first, second = make_account(owner=user), make_account(owner=user)
    make_account()
    assert list(Account.objects.of_user(user)) == [first, second]


# --- Members ------------------------------------------------------------------------------------------


def test_a_person_joins_once():
    account, user, actor = make_account(), make_user(), make_user()
    membership = services.add_member(account=account, user=user, role=Role.ADMIN, by_operator=True, actor=actor)
    assert str(membership) == f"{user.pk} in {account.pk} as admin"
    told = ("membership.added", f"user:{actor.pk}", account.pk, {"user": user.pk, "role": "admin"})
    assert last_event() == told
    with pytest.raises(AlreadyMember):
        services.add_member(account=account, user=user)
    assert last_event() == told


@pytest.mark.parametrize(("role", "can_manage"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.MEMBER, False)])
def test_owners_and_admins_manage(role, can_manage):
    assert member_of(make_account(), role).can_manage is can_manage


def test_a_role_changes():
    membership = member_of(make_account())
    changed = services.change_role(membership=membership, role=Role.OWNER)
    assert changed.role == Role.OWNER
    data = {"user": membership.user_id, "from": "member", "to": "owner"}
    assert last_event() == ("membership.role_changed", "system", membership.account_id, data)


def test_a_person_leaves():
    membership = member_of(make_account())
    services.remove_member(membership=membership, actor=membership.user)
    assert not Membership.objects.filter(pk=membership.pk).exists()
    data = {"user": membership.user_id, "role": "member"}
    assert last_event() == ("membership.removed", f"user:{membership.user_id}", membership.account_id, data)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_the_last_owner_stays_owner(role):
    account = make_account()
    member_of(account, Role.ADMIN)
    with pytest.raises(LastOwner):
        services.change_role(membership=owner_of(account), role=role)
    with pytest.raises(LastOwner):
        services.remove_member(membership=owner_of(account))
    assert owner_of(account).role == Role.OWNER


def test_the_last_owner_may_stay_owner():
    membership = owner_of(make_account())
    assert services.change_role(membership=membership, role=Role.OWNER).role == Role.OWNER


def test_one_of_two_owners_may_go():
    account = make_account()
    first, second = owner_of(account), member_of(account, Role.OWNER)
    services.change_role(membership=first, role=Role.MEMBER)
    with pytest.raises(LastOwner):
        services.remove_member(membership=second)


def test_an_owner_who_cannot_sign_in_does_not_count():
    account = make_account()
    first, second = owner_of(account), member_of(account, Role.OWNER)
    User.objects.filter(pk=second.user_id).update(is_active=False)
    with pytest.raises(LastOwner):
        services.remove_member(membership=first)
    services.remove_member(membership=second)


def test_an_owner_of_another_account_does_not_count():
    account = make_account()
    make_account(owner=owner_of(account).user)
    with pytest.raises(LastOwner):
        services.remove_member(membership=owner_of(account))


@pytest.mark.parametrize(
    "change",
    [
        lambda membership: services.change_role(membership=membership, role=Role.ADMIN),
        lambda membership: services.remove_member(membership=membership),
    ],
)
def test_a_membership_that_ended_in_the_meantime_is_a_miss(change):
    membership = member_of(make_account())
    Membership.objects.filter(pk=membership.pk).delete()
    with pytest.raises(NotFound):
        change(membership)


@pytest.mark.parametrize("actor_role", [Role.ADMIN, Role.MEMBER, None])
def test_only_owners_make_and_unmake_owners(actor_role):
    account = make_account()
    actor = member_of(account, actor_role).user if actor_role else make_user()
    target, owner = member_of(account), member_of(account, Role.OWNER)
    for change in (
        lambda: services.add_member(account=account, user=make_user(), role=Role.OWNER, actor=actor),
        lambda: services.change_role(membership=target, role=Role.OWNER, actor=actor),
        lambda: services.change_role(membership=owner, role=Role.MEMBER, actor=actor),
        lambda: services.remove_member(membership=owner, actor=actor),
    ):
        with pytest.raises(NotAManager):
            change()


def test_the_staff_acts_whatever_its_own_role():
    staff, membership = make_user(is_staff=True), member_of(make_account())
    services.change_role(membership=membership, role=Role.OWNER, actor=staff, by_operator=True)
    services.remove_member(membership=membership, actor=staff, by_operator=True)
    account = services.rename_account(account=membership.account, name="New", actor=staff, by_operator=True)
    assert Account.objects.get(pk=account.pk).name == "New"


@pytest.mark.parametrize(("role", "may"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.MEMBER, False)])
def test_managers_rename_the_account(role, may):
    account = make_account(name="Old")
    actor = member_of(account, role).user
    if may:
        services.rename_account(account=account, name="New", actor=actor)
        assert last_event() == ("account.renamed", f"user:{actor.pk}", account.pk, {})
    else:
        with pytest.raises(NotAManager):
            services.rename_account(account=account, name="New", actor=actor)
    assert Account.objects.get(pk=account.pk).name == ("New" if may else "Old")


# --- The account in use -------------------------------------------------------------------------------


def request_of(user: User, **session: object):
    request = RequestFactory().get("/dashboard/")
    request.user, request.session = user, SessionStore()
    request.session.update(session)
    return request


def test_the_account_in_use_is_the_oldest_until_one_is_chosen():
    user = make_user()
    first, second = make_account(owner=user), make_account(owner=user)
    assert current_account(request_of(user)) == first
    assert current_account(request_of(user, **{SESSION_KEY: second.pk})) == second


def test_a_foreign_account_is_never_in_use():
    user = make_user()
    own, foreign = make_account(owner=user), make_account()
    assert current_account(request_of(user, **{SESSION_KEY: foreign.pk})) == own


def test_a_person_without_an_account_is_told_so():
    with pytest.raises(NotFound, match="not a member of any account"):
        current_membership(request_of(make_user()))


def test_only_managers_get_the_account_to_manage():
    account = make_account()
    assert managed_account(request_of(owner_of(account).user)) == account
    with pytest.raises(NotAManager):
        managed_account(request_of(member_of(account).user))


# --- People -------------------------------------------------------------------------------------------


def test_an_address_is_one_persons_however_it_is_typed():
    user = User.objects.create_user("  Grace@Example.TEST ", "correct horse")
    assert (user.email, str(user)) == ("grace@example.test", "grace@example.test")
    assert User.objects.get_by_natural_key("GRACE@example.test") == user
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="GRACE@example.test")


def test_nobody_is_found_by_no_address():
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(None)


@pytest.mark.parametrize(
    ("name", "full", "short"), [("Grace Hopper", "Grace Hopper", "Grace"), ("", "grace@example.test", "grace")]
)
def test_a_person_is_addressed_by_name_or_else_by_the_address(name, full, short):
    user = make_user(email="grace@example.test", name=name)
    assert (user.get_full_name(), user.get_short_name()) == (full, short)


def test_a_superuser_enters_the_staff_admin():
    user = User.objects.create_superuser("root@example.test", "correct horse")
    assert user.is_staff
    assert user.is_superuser


def test_a_person_without_a_password_does_not_sign_in(rf):
    user = User.objects.create_user("grace@example.test")
    assert not user.has_usable_password()
    assert authenticate(rf.post("/"), email="grace@example.test", password="") is None


def test_a_role_that_nobody_knows_is_refused_by_the_database():
    membership = owner_of(make_account())
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(role="king")


# --- What allauth asks --------------------------------------------------------------------------------


class Form:
    """What a sign-up form knows."""

    cleaned_data = {"email": "grace@example.test", "password1": "a long passphrase 47"}


def test_a_person_who_is_not_saved_yet_gets_no_account(rf):
    adapter = AccountAdapter()
    adapter.populate_username(rf.get("/"), User())
    user = adapter.save_user(rf.get("/"), User(), Form(), commit=False)
    assert user.pk is None
    assert not Account.objects.exists()


def test_a_person_is_saved_with_an_account_or_not_at_all(rf, monkeypatch):
    monkeypatch.setattr(secrets, "token_hex", lambda _: "taken")
    make_account(slug="grace-taken")
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountAdapter().save_user(rf.get("/"), User(), Form())
    assert not User.objects.filter(email="grace@example.test").exists()


@pytest.mark.parametrize(("proxies", "address"), [(0, "192.0.2.1"), (1, "198.51.100.7")])
def test_sign_in_limits_count_the_same_address_as_ours(rf, settings, proxies, address):
    settings.NUM_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="10.0.0.1, 198.51.100.7")
    assert AccountAdapter().get_client_ip(request) == address
