"""`totalCount` of long lists: remembered, and right after every change."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from store import order_views, services, totals
from store.models import Order, Package
from store.services.refunds import refund_order
from store.tests.factories import make_bare_order, make_package, make_store, store_client
from store.tests.orders import bought, line

pytestmark = pytest.mark.django_db
PACKAGES, ORDERS = "/api/v1/packages", "/api/v1/orders"


@pytest.fixture
def store(monkeypatch):
    cache.clear()
    monkeypatch.setattr(totals, "COUNTED_EACH_TIME", 3)
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def number(client, path=PACKAGES, **query):
    return client.get(path, query).json()["data"]["totalCount"]


def full_counts(client, path, wanted, **query):
    """Return how many counts without a bound a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert number(client, path, **query) == wanted
    counts = [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
    return sum("LIMIT" not in sql and '."created_at" >' not in sql for sql in counts)


def old_orders(store, count):
    """Return orders of yesterday."""
    orders = [make_bare_order(store) for _ in range(count)]
    yesterday = timezone.now() - timedelta(days=1)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(created_at=yesterday, updated_at=yesterday)
    return orders


def test_a_long_list_has_the_right_number_after_every_change(client, store):
    packages = [make_package(store, name=f"P{n}") for n in range(3)]
    assert number(client) == 3
    packages += [make_package(store, name=f"P{n}") for n in range(3, 6)]
    assert [number(client), number(client)] == [6, 6]
    services.hide_package(package=packages[0], store=store)
    assert number(client) == 5
    services.update_package(package=packages[1], store=store, name="Other")
    assert [number(client), number(client, search="P")] == [5, 4]


def test_a_long_list_is_counted_once_while_nothing_changes(client, store):
    for _ in range(5):
        make_package(store)
    assert [full_counts(client, PACKAGES, 5), full_counts(client, PACKAGES, 5)] == [1, 0]


def test_each_filter_and_each_store_has_its_own_number(client, store):
    other = make_store()
    for n in range(5):
        make_package(store, name=f"A{n}")
        make_package(other)
    make_package(other)
    assert [number(client), number(client, search="A"), number(store_client(other))] == [5, 5, 6]
    chosen = ",".join(str(pk) for pk in Package.objects.of_store(store).values_list("pk", flat=True)[:4])
    assert [number(client, ids=chosen), number(client, search="A1")] == [4, 1]


def test_orders_are_counted_once_and_the_new_ones_are_added(client, store):
    orders = old_orders(store, 5)
    assert full_counts(client, ORDERS, 5) == 1
    make_bare_order(store)
    refund_order(order=orders[0], store=store, reason="Sorry")
    assert full_counts(client, ORDERS, 6) == 0


def test_an_order_that_another_transaction_dates_early_is_not_missed(client, store):
    old_orders(store, 4)
    assert number(client, ORDERS) == 4
    late = make_bare_order(store)
    Order.objects.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(seconds=30))
    assert number(client, ORDERS) == 5


def test_paid_orders_are_all_but_the_others(client, store):
    orders = old_orders(store, 6)
    assert [number(client, ORDERS, status="Paid"), number(client, ORDERS, status="Refunded")] == [6, 0]
    for order in orders[:4]:
        refund_order(order=order, store=store, reason="Sorry")
        left = Order.objects.of_store(store).filter(status="Paid").count()
        assert number(client, ORDERS, status="Paid") == left
        assert number(client, ORDERS, status="Refunded") == 6 - left
    assert number(client, ORDERS, status="Paid", search=orders[0].player_username) == 0
    assert number(client, ORDERS, updatedSince=timezone.now().isoformat().replace("+00:00", "Z")) == 0


@pytest.mark.parametrize("few", [0, 1_000])
def test_orders_of_a_package_are_the_same_however_they_are_found(client, store, monkeypatch, few):
    monkeypatch.setattr(order_views, "FEW", few)
    wanted, other = make_package(store), make_package(store)
    mine = [str(bought(client, line(wanted), line(wanted), playerUsername=f"P{n}x").pk) for n in range(5)]
    bought(client, line(other))
    for query in ({}, {"status": "Paid"}, {"sortDesc": "false"}):
        page = client.get(ORDERS, {"packageId": wanted.pk, "take": 3, "skip": 2} | query).json()["data"]
        every = mine if query.get("sortDesc") else mine[::-1]
        assert ([item["id"] for item in page["items"]], page["totalCount"]) == (every[2:5], 5)
