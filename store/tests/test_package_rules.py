"""Packages: commands, requirements, descriptions, and what may not change once they were sold."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from store import services
from store.models import Customer, Order, OrderItem, OrderStatus, Package, PackageCommand, PaymentProvider
from store.tests.factories import make_package, make_server, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES = "/api/v1/packages"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    return client.post(PACKAGES, {"name": "VIP", "price": 19.99} | body, format="json")


def change(client, package, **body):
    return client.patch(f"{PACKAGES}/{package.pk}", body, format="json")


def read(client, package):
    return client.get(f"{PACKAGES}/{package.pk}").json()["data"]


def sell(package, quantity=1):
    store = package.store
    customer, _ = Customer.objects.get_or_create(store=store, player_key="alex", player_username="Alex")
    total = package.price * quantity
    order = Order.objects.create(
        store=store,
        customer=customer,
        player_username="Alex",
        status=OrderStatus.PAID,
        payment_provider=PaymentProvider.MANUAL,
        payment_currency=store.currency,
        subtotal=total,
        total_amount=total,
        paid_at=timezone.now(),
    )
    OrderItem.objects.create(
        order=order,
        package=package,
        package_name=package.name,
        quantity=quantity,
        list_price=package.price,
        price_at_purchase=package.price,
        total=total,
        position=0,
    )
    Package.objects.filter(pk=package.pk).update(sold=quantity)


def command(**fields):
    return {
        "type": "initial",
        "serverId": None,
        "command": "give {player} diamond",
        "requireOnline": False,
    } | fields


def test_commands_are_read_in_the_order_in_which_they_were_written(client, store):
    server = make_server(store)
    commands = [
        command(type="expiry", command="lp user {player} parent remove vip"),
        command(serverId=str(server.pk), requireOnline=True),
        command(type="chargeback", command="ban {player}"),
    ]
    made = create(client, commands=commands).json()["data"]
    assert made["commands"] == commands
    assert client.get(f"{PACKAGES}/{made['id']}").json()["data"] == made


def test_each_command_of_a_patch_is_complete(client, store):
    package = make_package(store, commands=[{"type": "initial", "command": "a"}])
    answer = change(client, package, commands=[{"serverId": None}])
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        "commands[0].type: This field is required.",
        "commands[0].command: This field is required.",
    ]
    assert [item["command"] for item in read(client, package)["commands"]] == ["a"]


def test_a_patch_replaces_the_commands_and_null_clears_them(client, store):
    package = make_package(
        store, commands=[{"type": "initial", "command": "a"}, {"type": "refund", "command": "b"}]
    )
    assert [item["command"] for item in read(client, package)["commands"]] == ["a", "b"]
    assert len(change(client, package, name="New").json()["data"]["commands"]) == 2
    after = change(client, package, commands=[{"type": "renewal", "command": "c"}]).json()["data"]
    assert after["commands"] == [command(type="renewal", command="c")]
    assert change(client, package, commands=None).json()["data"]["commands"] == []
    assert not PackageCommand.objects.exists()


@pytest.mark.parametrize(
    ("commands", "error"),
    [
        ("give", "commands: "),
        ([command(type="start")], "commands[0].type: "),
        ([command(), command(command="")], "commands[1].command: "),
        ([command(command="a\nop me")], "commands[0].command: must be a single line"),
        ([command(command="a" * 501)], "commands[0].command: "),
        ([command(requireOnline=1)], "commands[0].requireOnline: must be true or false"),
        ([command(serverId=str(uuid.uuid4()))], "commands[0].serverId: does not exist"),
        ([command(server=None)], "commands[0].server: unknown field"),
        ([{"command": "a"}], "commands[0].type: "),
        ([command()] * 51, "commands: "),
    ],
)
def test_a_command_that_cannot_run_is_refused(client, commands, error):
    response = create(client, commands=commands)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert not Package.objects.exists()


def test_another_stores_server_is_refused_in_a_command_like_a_missing_one(client):
    foreign = make_server(make_store())
    response = create(client, commands=[command(serverId=str(foreign.pk))])
    assert response.json()["errors"] == ["commands[0].serverId: does not exist"]


def test_required_packages_replace_the_set(client, store):
    first, second = make_package(store), make_package(store)
    made = create(client, requiredPackageIds=[str(first.pk)]).json()["data"]
    assert made["requiredPackageIds"] == [str(first.pk)]
    package = Package.objects.get(pk=made["id"])
    after = change(client, package, requiredPackageIds=[str(second.pk)]).json()["data"]
    assert after["requiredPackageIds"] == [str(second.pk)]
    assert change(client, package, requiredPackageIds=None).json()["data"]["requiredPackageIds"] == []


def test_requirements_never_lead_back_to_the_package(client, store):
    first = make_package(store)
    second = make_package(store, required_packages=[first])
    third = make_package(store, required_packages=[second])
    for required in (first, second, third):
        response = change(client, first, requiredPackageIds=[str(required.pk)])
        assert response.status_code == 400
        assert response.json()["errors"] == ["requiredPackageIds: must not lead back to the package itself"]
    assert change(client, third, requiredPackageIds=[str(first.pk), str(second.pk)]).status_code == 200


def test_a_foreign_or_deleted_package_cannot_be_required(client, store):
    gone = make_package(store)
    services.hide_package(package=gone, store=store)
    for required in (gone.pk, make_package(make_store()).pk, uuid.uuid4()):
        response = create(client, requiredPackageIds=[str(required)])
        assert response.json()["errors"] == ["requiredPackageIds[0]: does not exist"]


def test_a_deleted_package_is_required_no_longer(client, store):
    first = make_package(store)
    second = make_package(store, required_packages=[first])
    before = read(client, second)
    client.delete(f"{PACKAGES}/{first.pk}")
    after = read(client, second)
    assert after["requiredPackageIds"] == []
    assert after["updatedAt"] > before["updatedAt"]


def test_a_description_is_sanitised_whoever_writes_it(client, store):
    unsafe = '<p onclick="x()">Hi</p><script>alert(1)</script>'
    assert create(client, description=unsafe).json()["data"]["description"] == "<p>Hi</p>"
    assert make_package(store, description=unsafe).description == "<p>Hi</p>"
    assert change(client, make_package(store), description=unsafe).json()["data"]["description"] == "<p>Hi</p>"


def test_a_limit_is_never_below_what_was_sold(client, store):
    package = make_package(store, global_limit=10)
    sell(package, 3)
    refused = change(client, package, globalLimit=2)
    assert refused.status_code == 400
    assert refused.json()["errors"] == ["globalLimit: must be at least 3, as many were sold"]
    assert change(client, package, globalLimit=3).json()["data"]["globalLimit"] == 3
    assert change(client, package, globalLimit=None).json()["data"]["globalLimit"] is None


@pytest.mark.parametrize(
    ("before", "body", "field"),
    [
        ({}, {"isSubscription": True}, "type"),
        ({}, {"allowCustomPrice": True}, "allowCustomPrice"),
        ({"type": "timed", "duration_days": 30}, {"durationDays": 31}, "durationDays"),
        ({"type": "timed", "duration_days": 30}, {"durationHours": 1}, "durationHours"),
        ({"type": "subscription"}, {"interval": "year"}, "interval"),
        ({"type": "subscription"}, {"intervalCount": 2}, "intervalCount"),
    ],
)
def test_the_pricing_shape_is_fixed_once_a_package_was_sold(client, store, before, body, field):
    sold, unsold = make_package(store, **before), make_package(store, **before)
    sell(sold)
    refused = change(client, sold, **body)
    assert refused.status_code == 400
    assert f"{field}: cannot change once the package was sold" in refused.json()["errors"]
    assert change(client, unsold, **body).status_code == 200


def test_a_sold_package_still_takes_a_new_price_and_its_old_shape(client, store):
    package = make_package(store, type="timed", duration_days=30)
    sell(package)
    same = {"type": "timed", "durationDays": 30, "price": 4.5, "name": "New", "trialDays": 3}
    response = change(client, package, **same)
    assert response.status_code == 200
    assert Package.objects.get(pk=package.pk).price == Decimal("4.5")
    assert OrderItem.objects.get().price_at_purchase == Decimal("9.99")
