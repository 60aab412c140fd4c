"""`salePrice`: what the running sales make of a package's price."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from store.pricing import Scope
from store.tests.factories import make_category, make_package, make_sale, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES = "/api/v1/packages"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def sale_price(client, package):
    return client.get(f"{PACKAGES}/{package.pk}").json()["data"]["salePrice"]


def test_a_sale_of_the_store_lowers_every_price_in_every_answer(client, store):
    package = make_package(store, price=Decimal("19.99"))
    assert sale_price(client, package) is None
    make_sale(store)
    assert sale_price(client, package) == 14.99
    assert client.get(PACKAGES).json()["data"]["items"][0]["salePrice"] == 14.99
    assert (
        client.patch(f"{PACKAGES}/{package.pk}", {"price": 10}, format="json").json()["data"]["salePrice"] == 7.5
    )
    made = client.post(PACKAGES, {"name": "A", "price": 1}, format="json")
    assert b'"salePrice":0.75,' in made.content
    batch = client.post(f"{PACKAGES}/batch", {"items": [{"name": "A", "price": 2}]}, format="json")
    assert batch.json()["data"]["results"][0]["data"]["salePrice"] == 1.5


def test_a_sale_of_a_category_reaches_the_levels_below_it(client, store):
    top = make_category(store)
    lowest = make_category(store, parent=make_category(store, parent=top))
    inside = make_package(store, category=lowest, price=Decimal(20))
    outside = make_package(store, category=make_category(store), price=Decimal(20))
    make_sale(store, discount_percentage=Decimal(50), reach_scope=Scope.CATEGORIES, categories=[top])
    assert [sale_price(client, package) for package in (inside, outside)] == [10, None]


def test_the_best_single_sale_counts(client, store):
    package, other = make_package(store, price=Decimal(10)), make_package(store, price=Decimal(10))
    make_sale(store, discount_percentage=Decimal(10))
    make_sale(store, discount_percentage=Decimal(30), reach_scope=Scope.PACKAGES, packages=[package])
    assert [sale_price(client, row) for row in (package, other)] == [7, 9]


def test_only_running_sales_of_the_own_store_count(client, store):
    package, now = make_package(store), timezone.now()
    hour = timedelta(hours=1)
    make_sale(store, is_enabled=False)
    make_sale(store, start_date=now + hour)
    make_sale(store, start_date=now - 2 * hour, end_date=now - hour)
    make_sale(make_store())
    assert sale_price(client, package) is None
    make_sale(store, discount_percentage=Decimal(10), start_date=now - hour, end_date=now + hour)
    assert sale_price(client, package) == 8.99


def test_a_sale_whose_categories_are_gone_lowers_nothing(client, store):
    category = make_category(store)
    package = make_package(store, category=category)
    make_sale(store, reach_scope=Scope.CATEGORIES, categories=[category])
    client.delete(f"/api/v1/categories/{category.pk}")
    assert sale_price(client, package) is None


@pytest.mark.parametrize(("currency", "price", "written"), [("JPY", "333", "250"), ("KWD", "1.234", "0.926")])
def test_a_sale_price_has_the_decimals_of_the_currency(currency, price, written):
    store = make_store(currency=currency)
    make_package(store, price=Decimal(price))
    make_sale(store)
    assert f'"salePrice":{written},'.encode() in store_client(store).get(PACKAGES).content


def test_sales_are_read_once_for_a_page_however_many_rows_and_sales_there_are(client, store):
    category = make_category(store)

    def queries(rows, sales):
        for _ in range(rows):
            make_package(store, category=category)
        for _ in range(sales):
            make_sale(store, reach_scope=Scope.CATEGORIES, categories=[category])
        with CaptureQueriesContext(connection) as captured:
            client.get(PACKAGES)
        return len(captured)

    client.get(PACKAGES)
    # Eight without a sale; the sales' categories are one more.
    assert [queries(2, 1), queries(18, 9)] == [9, 9]
