"""The pages and the admin actions that end accounts and people."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import closing
from accounts.errors import StillInUse
from accounts.models import Account, Role, User
from accounts.services import add_member
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from accounts.tests.test_pages import staff, superuser

pytestmark = pytest.mark.django_db

CLOSE = "/dashboard/account/close/"
DELETE = "/dashboard/security/delete/"


@pytest.fixture(autouse=True)
def empty_cache():
    """Tries of a password are counted in the cache, under ids that the next test's people have too."""
    cache.clear()


def confirmed(user: User) -> Client:
    """Return a browser of a person who has just entered the password again."""
    client = signed_in(user)
    answer = client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    assert answer.status_code == 302
    return client


@pytest.mark.parametrize("path", [CLOSE, DELETE])
def test_the_password_is_asked_for_again(path):
    account = make_account()
    client = signed_in(owner_of(account))
    for answer in (client.get(path), client.post(path, {"typed": account.slug})):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert Account.objects.get().closed_at is None


def test_a_post_that_was_held_up_by_the_password_goes_on_afterwards():
    account = make_account()
    client = signed_in(owner_of(account))
    asked = client.post(CLOSE, {"typed": account.slug})
    client.post(asked["Location"], {"password": "correct horse", "next": CLOSE})
    assert not Account.objects.exists()


def test_an_owner_closes_the_account_by_typing_its_slug():
    account = make_account()
    owner = owner_of(account)
    client = confirmed(owner)
    page = client.get(CLOSE).content.decode()
    assert f"Type {account.slug}" in page
    assert outside_addresses(page) == []
    wrong = client.post(CLOSE, {"typed": "another"})
    assert (wrong.status_code, Account.objects.count()) == (400, 1)
    answer = client.post(CLOSE, {"typed": account.slug.upper()}, follow=True)
    assert answer.redirect_chain == [("/dashboard/security/", 302)]
    assert f"{account.name} is closed." in answer.content.decode()
    assert not Account.objects.exists()


def test_an_owner_of_another_account_goes_on_there():
    account = make_account()
    owner = owner_of(account)
    other = make_account(owner=owner)
    answer = confirmed(owner).post(CLOSE, {"typed": account.slug})
    assert answer["Location"] == "/dashboard/"
    assert list(Account.objects.all()) == [other]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_members_who_are_no_owners_cannot_close(role):
    account = make_account()
    client = confirmed(member_of(account, role))
    assert client.get(CLOSE).status_code == 403
    assert client.post(CLOSE, {"typed": account.slug}).status_code == 403
    assert b"Close this account" not in client.get("/dashboard/members/").content
    assert b"Close this account" in signed_in(owner_of(account)).get("/dashboard/members/").content


def test_what_keeps_an_account_open_is_said_on_the_page(monkeypatch):
    account = make_account()

    def refuse(_account: Account) -> None:
        raise StillInUse("providers")

    monkeypatch.setattr(closing, "_require_nothing_protected", refuse)
    answer = confirmed(owner_of(account)).post(CLOSE, {"typed": account.slug})
    assert answer.status_code == 409
    assert "This account still has providers." in answer.content.decode()


def test_a_person_deletes_their_sign_in_and_is_signed_out():
    user = make_user()
    own, shared = make_account(owner=user, name="Mine"), make_account(name="Ours")
    add_member(account=shared, user=user)
    assert b'href="/dashboard/security/delete/"' in signed_in(user).get("/dashboard/security/").content
    client = confirmed(user)
    page = client.get(DELETE).content.decode()
    closed, left = page.split("Nobody else is in these accounts")[1].split("You leave these accounts")
    assert own.name in closed
    assert shared.name in left
    assert client.post(DELETE, {"typed": "no"}).status_code == 400
    answer = client.post(DELETE, {"typed": user.email}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert not User.objects.filter(pk=user.pk).exists()
    assert client.get("/dashboard/").status_code == 302


def test_a_last_owner_is_told_which_account_needs_another():
    account = make_account(name="Ours")
    member_of(account)
    owner = owner_of(account)
    answer = confirmed(owner).post(DELETE, {"typed": owner.email})
    assert answer.status_code == 409
    assert "Ours needs another owner first" in answer.content.decode()


# --- Staff --------------------------------------------------------------------------------------------


def test_staff_close_accounts_after_a_question():
    first, second = make_account(), make_account()
    client = signed_in(superuser())
    data = {"action": "close_accounts", "_selected_action": [first.pk]}
    page = client.post("/admin/accounts/account/", data)
    assert "This cannot be undone." in page.content.decode()
    assert Account.objects.count() == 2
    answer = client.post("/admin/accounts/account/", data | {"confirmed": "1"}, follow=True)
    assert f"{first.name} is gone." in answer.content.decode()
    assert list(Account.objects.all()) == [second]


def test_staff_delete_people_and_are_told_who_must_stay():
    account = make_account(name="Ours")
    member, owner = member_of(account), owner_of(account)
    client, chief = signed_in(staff("view_user", "delete_user")), superuser()
    chosen = [member.pk, chief.pk]
    data = {"action": "delete_people", "confirmed": "1"}
    client.post("/admin/accounts/user/", data | {"_selected_action": chosen})
    assert list(User.objects.filter(pk__in=chosen)) == [chief]
    signed_in(superuser()).post("/admin/accounts/user/", data | {"_selected_action": chosen})
    assert not User.objects.filter(pk__in=chosen).exists()
    member_of(account)
    answer = client.post("/admin/accounts/user/", data | {"_selected_action": [owner.pk]}, follow=True)
    assert "Ours needs another owner first" in answer.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()


@pytest.mark.parametrize(("model", "action"), [("account", "close_accounts"), ("user", "delete_people")])
def test_staff_without_the_permission_are_not_offered_the_action(model, action):
    account = make_account()
    client = signed_in(staff(f"view_{model}"))
    assert action not in client.get(f"/admin/accounts/{model}/").content.decode()
    row = account if model == "account" else owner_of(account)
    data = {"action": action, "_selected_action": [row.pk], "confirmed": "1"}
    client.post(f"/admin/accounts/{model}/", data)
    assert Account.objects.exists()
    assert User.objects.filter(memberships__account=account).exists()
