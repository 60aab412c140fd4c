"""Subscriptions in the store owners' admin: who cancels them, and when they end."""

import pytest

from accounts.models import Role
from accounts.tests.factories import make_user
from audit.models import AuditEvent
from store.models import CommandType, OrderCommand, PackageCommand, StoreMember, Subscription
from store.services import orders
from store.services.carts import Wish
from store.tests.factories import make_package, make_store

pytestmark = pytest.mark.django_db

ROOT = "/store-admin/store/subscription/"


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def owner(store, client):
    person = make_user()
    store.account.memberships.create(user=person, role=Role.OWNER)
    client.force_login(person)
    return person


def make_subscription(store):
    package = make_package(store, type="subscription", interval="month", interval_count=1)
    PackageCommand.objects.create(package=package, command="unset {player}", type=CommandType.EXPIRY)
    orders.create_order(store=store, player_username="Steve", items=[Wish(package.pk, 1)])
    return Subscription.objects.get(package=package)


def cancel(client, subscription, **data):
    return client.post(f"{ROOT}{subscription.pk}/cancel/", data, follow=True)


def test_a_subscription_is_cancelled_with_its_period(client, owner, store):
    row = make_subscription(store)
    assert "Cancel" in client.get(f"{ROOT}{row.pk}/change/").content.decode()
    page = cancel(client, row, when="period").content.decode()
    assert "The subscription ends with its period." in page
    row.refresh_from_db()
    assert (row.status, row.cancel_at_period_end) == ("active", True)
    event = AuditEvent.objects.get(action="subscription.cancelled")
    assert (event.actor, event.data) == (f"user:{owner.pk}", {"at_period_end": True})


def test_a_subscription_ends_at_once_and_its_commands_are_recorded(client, owner, store):
    row = make_subscription(store)
    assert "The subscription has ended." in cancel(client, row, when="now").content.decode()
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert OrderCommand.objects.get().command == "unset Steve"


def test_one_that_ends_with_its_period_can_still_end_at_once(client, owner, store):
    row = make_subscription(store)
    cancel(client, row, when="period")
    page = client.get(f"{ROOT}{row.pk}/cancel/").content.decode()
    assert "It ends at once" in page
    assert 'name="when"' not in page
    cancel(client, row)
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_nothing_is_cancelled_before_somebody_says_when(client, owner, store):
    row = make_subscription(store)
    page = client.get(f"{ROOT}{row.pk}/cancel/").content.decode()
    assert "With its period, " in page
    assert cancel(client, row).status_code == 400
    row.refresh_from_db()
    assert (row.status, row.cancel_at_period_end) == ("active", False)


def test_one_that_has_ended_is_not_cancelled_again(client, owner, store):
    row = make_subscription(store)
    cancel(client, row, when="now")
    assert cancel(client, row, when="now").status_code == 403
    assert AuditEvent.objects.filter(action="subscription.cancelled").count() == 1


@pytest.mark.parametrize(("permissions", "status"), [(["Orders"], 200), (["Stores:Edit", "IssueRefunds"], 403)])
def test_cancelling_takes_the_permission_for_orders(client, store, permissions, status):
    row, member = make_subscription(store), make_user()
    StoreMember.objects.create(store=store, user=member, permissions=permissions)
    client.force_login(member)
    assert ("/cancel/" in client.get(f"{ROOT}{row.pk}/change/").content.decode()) == (status == 200)
    assert cancel(client, row, when="now").status_code == status
    row.refresh_from_db()
    assert (row.status == "cancelled") == (status == 200)


def test_a_subscription_of_another_store_is_not_there_to_cancel(client, owner, store):
    row = make_subscription(make_store(name="Beta"))
    assert cancel(client, row, when="now").status_code in {403, 404}
    row.refresh_from_db()
    assert row.status == "active"
