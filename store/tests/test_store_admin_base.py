"""The site of store owners: who comes in, which store they work in, what its base refuses."""

import pytest

from accounts.models import Role
from accounts.tests.factories import make_account, make_user
from store.models import StoreMember
from store.tests.factories import make_bare_order, make_store

pytestmark = pytest.mark.django_db

ROOT = "/store-admin/"


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def owner(store, client):
    person = store.account.members.first() or make_user()
    if not store.account.memberships.exists():
        store.account.memberships.create(user=person, role=Role.OWNER)
    client.force_login(person)
    return person


def test_a_visitor_is_sent_to_the_one_sign_in_and_back(client, db):
    response = client.get(f"{ROOT}store/customer/", follow=True)
    assert response.redirect_chain[-1][0] == f"/accounts/login/?next={ROOT}store/customer/"


def test_the_way_back_from_sign_in_stays_on_this_host(client, owner):
    response = client.get(f"{ROOT}login/", {"next": "https://evil.example/"})
    assert response["Location"] == ROOT


def test_somebody_without_a_store_is_told_what_to_do(client):
    person = make_user()
    client.force_login(person)
    response = client.get(ROOT)
    assert response.status_code == 403
    assert "ask its owner to add" in response.content.decode()
    assert person.email in response.content.decode()


def test_staff_are_not_let_in_for_being_staff(client, store):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get(ROOT).status_code == 403


def test_a_store_of_a_closed_account_is_not_entered(client, owner, store):
    from django.utils.timezone import now

    store.account.closed_at = now()
    store.account.save()
    assert client.get(ROOT).status_code == 403


def test_an_owner_sees_his_customers_and_nobody_else_s(client, owner, store):
    mine, foreign = make_bare_order(store).customer, make_bare_order(make_store()).customer
    listed = client.get(f"{ROOT}store/customer/").content.decode()
    assert mine.player_username in listed
    assert str(foreign.pk) not in listed
    assert client.get(f"{ROOT}store/customer/{mine.pk}/change/").status_code == 200
    assert client.get(f"{ROOT}store/customer/{foreign.pk}/change/").status_code == 302


def test_a_person_of_two_stores_works_in_the_chosen_one_alone(client, owner, store):
    second = make_store(name="Beta", account=make_account())
    StoreMember.objects.create(store=second, user=owner, permissions=[])
    first_player, second_player = make_bare_order(store).customer, make_bare_order(second).customer
    assert str(first_player.pk) in client.get(f"{ROOT}store/customer/").content.decode()
    assert client.post(f"{ROOT}stores/", {"store": second.store_id}).status_code == 302
    listed = client.get(f"{ROOT}store/customer/").content.decode()
    assert str(second_player.pk) in listed
    assert str(first_player.pk) not in listed
    # Whoever leaves a team falls back to what is left.
    StoreMember.objects.all().delete()
    assert str(first_player.pk) in client.get(f"{ROOT}store/customer/").content.decode()


@pytest.mark.parametrize("door", ["post", "get"])
def test_nobody_switches_to_a_store_that_is_not_his(client, owner, store, door):
    foreign = make_store()
    if door == "post":
        assert client.post(f"{ROOT}stores/", {"store": foreign.store_id}).status_code == 404
    else:
        assert client.get(ROOT, {"store": foreign.store_id}).status_code == 302
    assert store.name in client.get(f"{ROOT}store/customer/").content.decode()
    assert foreign.name not in client.get(ROOT).content.decode()


def test_a_column_cannot_be_guessed_by_the_address_of_a_list(client, owner, store):
    make_bare_order(store)
    for lookup in ("store__account__memberships__user__password__startswith", "player_key__startswith", "store"):
        assert client.get(f"{ROOT}store/customer/", {lookup: "a"}).status_code == 400, lookup


def test_passwords_and_sessions_are_the_platforms(client, owner):
    assert client.get(f"{ROOT}password_change/")["Location"] == "/accounts/password/change/"
    assert client.post(f"{ROOT}logout/").status_code == 302
    assert client.get(ROOT)["Location"].startswith(f"{ROOT}login/")


def test_a_list_is_exported_without_formulas(client, owner, store):
    order = make_bare_order(store)
    customer = order.customer
    customer.player_username = "=cmd"
    customer.save()
    response = client.post(
        f"{ROOT}store/customer/", {"action": "export_csv", "_selected_action": [str(customer.pk)]}
    )
    text = b"".join(response.streaming_content).decode()
    assert text.splitlines()[1].startswith("'=cmd,")
    assert "no-store" in response["Cache-Control"]
