"""What game servers have to run for an order."""

from decimal import Decimal

import pytest

from store.models import CommandType, OrderCommand, PackageCommand
from store.services import refunds
from store.tests.factories import make_package, make_server, make_store, store_client
from store.tests.orders import bought, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def add(package, command, kind=CommandType.INITIAL, **changes):
    return PackageCommand.objects.create(package=package, command=command, type=kind, **changes)


def recorded():
    rows = OrderCommand.objects.order_by("command", "server__name")
    return [(row.command, row.times, row.server.name if row.server else None) for row in rows]


def test_a_purchase_records_its_commands_filled_in(client, store):
    package = make_package(store, name="Rare Key", price=Decimal(5))
    add(package, "give {player} key {quantity}", require_online=True)
    add(package, 'tellraw {player} {"text":"{package} for {price} {currency}, {uuid}"}')
    add(package, "never {player}", CommandType.REFUND)
    bought(client, line(package, quantity=3), playerUuid="069a79f444e94726a5befca90e38aaf5")
    assert recorded() == [
        ("give Steve key 3", 1, None),
        ('tellraw Steve {"text":"Rare_Key for 5.00 EUR, 069a79f4-44e9-4726-a5be-fca90e38aaf5"}', 3, None),
    ]
    assert OrderCommand.objects.get(times=1).require_online


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("@everybody", "_everybody"),
        ("Steve 64", "Steve_64"),
        ('a"; op x', "a___op_x"),
        ("{uuid}", "_uuid_"),
        ("Ünï", "Ünï"),
    ],
)
def test_a_name_cannot_become_more_than_one_word_of_a_command(client, store, name, written):
    package = make_package(store)
    add(package, "give {player} diamond")
    bought(client, line(package), playerUsername=name)
    assert recorded() == [(f"give {written} diamond", 1, None)]


def test_commands_go_to_the_servers_of_the_package_or_to_the_one_that_was_chosen(client, store):
    first, second = make_server(store, name="A"), make_server(store, name="B")
    package = make_package(store, servers=[first, second])
    add(package, "all {server}")
    add(package, "bound", server=second)
    order = bought(client, line(package))
    assert recorded() == [("all A", 1, "A"), ("all B", 1, "B"), ("bound", 1, "B")]
    refunds.refund_order(order=order, store=store, reason="no")
    OrderCommand.objects.all().delete()
    bought(client, line(package, serverId=str(first.pk)))
    assert recorded() == [("all A", 1, "A")]


@pytest.mark.parametrize(
    ("undo", "kind"),
    [
        (lambda order, store: refunds.refund_order(order=order, store=store, reason="no"), CommandType.REFUND),
        (lambda order, store: refunds.charge_back_order(order=order, store=store), CommandType.CHARGEBACK),
    ],
)
def test_an_order_that_is_undone_records_the_commands_for_it(client, store, undo, kind):
    first, second = make_server(store, name="A"), make_server(store, name="B")
    package, plain = make_package(store, servers=[first, second]), make_package(store)
    add(package, "take {player}", kind)
    add(package, "give {player}")
    add(plain, "give {player}")
    order = bought(client, line(package, serverId=str(second.pk)), line(plain))
    OrderCommand.objects.all().delete()
    undo(order, store)
    assert recorded() == [("take Steve", 1, "B")]
    assert OrderCommand.objects.get().type == kind


def test_a_part_of_the_money_back_records_nothing(client, store):
    package = make_package(store)
    add(package, "take {player}", CommandType.REFUND)
    order = bought(client, line(package))
    refunds.refund_order(order=order, store=store, reason="late", amount=Decimal(1))
    assert recorded() == []
