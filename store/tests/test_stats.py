"""What a store sold: by day of its zone, and as it stands now."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from store.models import Order, OrderItem
from store.services import sums
from store.services.refunds import charge_back_order, refund_order
from store.tests.factories import make_bare_order, make_package, make_store, store_client

pytestmark = pytest.mark.django_db
STATS = "/api/v1/stats"
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def sell(store, total="20.00", at=NOON, package=None, quantity=1):
    """Return an order that was paid at a moment; it is in the sums."""
    order = make_bare_order(store, total)
    Order.objects.filter(pk=order.pk).update(paid_at=at)
    if package:
        line = {"package": package, "package_name": package.name, "quantity": quantity, "total": Decimal(total)}
        price = {"list_price": Decimal(total), "price_at_purchase": Decimal(total)}
        OrderItem.objects.create(order=order, position=0, counts=False, **line, **price)
    sums.rebuild(store)
    order.refresh_from_db()
    return order


def read(client, **query):
    answer = client.get(STATS, query or NOVEMBER)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def sold(client, **query):
    return {
        day["date"]: (day["revenue"], day["ordersCount"])
        for day in read(client, **query)["days"]
        if day["ordersCount"]
    }


def test_a_store_without_orders_has_zeros_for_every_day(client):
    answer = client.get(STATS, NOVEMBER)
    body = answer.json()["data"]
    assert list(body) == [
        "from", "to", "timezone", "currency", "revenue", "ordersCount", "refundedAmount", "topPackages", "days",
    ]  # fmt: skip
    assert b'"revenue":0.00,"ordersCount":0,"refundedAmount":0.00,"topPackages":[]' in answer.content
    assert [len(body["days"]), body["days"][0], body["days"][-1]["date"]] == [
        30,
        {"date": "2026-11-01", "revenue": 0.0, "ordersCount": 0},
        "2026-11-30",
    ]


def test_without_days_the_last_thirty_are_answered(client, store):
    sell(store, at=timezone.now())
    body = client.get(STATS).json()["data"]
    assert (len(body["days"]), body["days"][-1]["ordersCount"]) == (30, 1)
    assert body["to"] == str(timezone.now().date())


def test_an_order_counts_on_the_day_of_the_stores_zone():
    berlin = make_store(timezone_name="Europe/Berlin")
    # Summer time ends on 25 October: midnight is 22:00 UTC before it and 23:00 UTC after.
    for at in ("2026-10-24T21:59:59", "2026-10-24T22:00:00", "2026-10-25T22:59:59", "2026-10-25T23:00:00"):
        sell(berlin, "1.00", at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    found = sold(store_client(berlin), **{"from": "2026-10-01", "to": "2026-11-01"})
    assert found == {"2026-10-24": (1.0, 1), "2026-10-25": (2.0, 2), "2026-10-26": (1.0, 1)}


def test_days_at_both_ends_count_and_those_beyond_do_not(client, store):
    for day in (9, 10, 12, 13):
        sell(store, at=NOON.replace(day=day))
    assert list(sold(client, **{"from": "2026-11-10", "to": "2026-11-12"})) == ["2026-11-10", "2026-11-12"]


def test_another_stores_orders_and_unpaid_ones_do_not_count(client, store):
    sell(make_store())
    for status in ("Pending", "Cancelled"):
        Order.objects.filter(pk=sell(store).pk).update(status=status, paid_at=None)
    sums.rebuild(store)
    assert sold(client) == {}


def test_refunds_and_chargebacks_show_at_once(client, store):
    part, whole, bank, _ = (sell(store, at=NOON.replace(day=day)) for day in (3, 4, 5, 6))
    assert len(sold(client)) == 4
    refund_order(order=part, store=store, reason="Sorry", amount=Decimal("5.00"))
    refund_order(order=whole, store=store, reason="Sorry")
    assert sold(client) == {"2026-11-03": (15.0, 1), "2026-11-05": (20.0, 1), "2026-11-06": (20.0, 1)}
    charge_back_order(order=bank, store=store)
    body = read(client)
    assert (body["revenue"], body["ordersCount"], body["refundedAmount"]) == (35.0, 2, 25.0)


def test_the_best_packages_come_first_and_ten_at_most(client, store):
    packages = [make_package(store, name=f"P{number}") for number in range(12)]
    for number, package in enumerate(packages):
        sell(store, f"{number + 1}.00", package=package, quantity=number + 1)
    sell(store, "30.00", at=NOON.replace(day=20), package=packages[3], quantity=2)
    refund_order(order=sell(store, "99.00", package=packages[0]), store=store, reason="Sorry")
    top = read(client)["topPackages"]
    assert top[0] == {"packageId": str(packages[3].pk), "packageName": "P3", "quantity": 6, "revenue": 34.0}
    assert [row["packageName"] for row in top[1:]] == [f"P{number}" for number in (11, 10, 9, 8, 7, 6, 5, 4, 2)]


def test_a_year_may_be_asked_for_and_a_day_more_may_not(client):
    assert len(read(client, **{"from": "2024-01-01", "to": "2024-12-31"})["days"]) == 366
    answer = client.get(STATS, {"from": "2024-01-01", "to": "2025-01-01"})
    assert answer.json()["errors"] == ["from: must be at most 366 days up to and with to"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from: must not be after to"),
        ({"to": "1999-12-31"}, "to: must be a day such as 2026-11-27, of the years 2000 to 2099"),
        ({"to": "2026-1-1"}, "to: must be a day such as 2026-11-27, of the years 2000 to 2099"),
        ({"to": "2026-02-30"}, "to: must be a day such as 2026-11-27, of the years 2000 to 2099"),
        ({"from": ["2026-11-01", "2026-11-02"]}, "from: must be given once"),
    ],
)
def test_days_that_make_no_sense_are_refused(client, query, error):
    answer = client.get(STATS, query)
    assert (answer.status_code, answer.json()["errors"]) == (400, [error])


def test_the_first_and_the_last_day_of_the_century_work(client):
    assert len(read(client, **{"from": "2000-01-01", "to": "2000-01-01"})["days"]) == 1
    assert len(read(client, **{"from": "2099-12-31", "to": "2099-12-31"})["days"]) == 1
    assert len(read(client, to="2000-01-01")["days"]) == 30


def queries(client):
    with CaptureQueriesContext(connection) as found:
        read(client)
    return len(found)


def test_the_number_of_queries_does_not_hang_on_the_number_of_orders(client, store):
    package = make_package(store)
    order = sell(store, package=package)
    read(client)
    few = queries(client)
    for _ in range(9):
        sell(store, package=package)
    assert queries(client) == few
    refund_order(order=order, store=store, reason="Sorry")
    # One more for the lines of what is not in the sums yet.
    assert queries(client) == few + 1
