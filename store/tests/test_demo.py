import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db.models import F, Sum
from django.utils import timezone

from accounts.tests.factories import make_account
from store.demo import load_demo
from store.models import Coupon, Customer, Order, OrderItem, Package, PackageUse, Refund, Store, Subscription
from store.tests.factories import make_store, store_client

pytestmark = pytest.mark.django_db


def test_the_demo_is_made_once_for_each_account():
    account, other = make_account(), make_account()
    store_id = load_demo(account=account)
    assert load_demo(account=account) == store_id
    assert load_demo(account=other) != store_id
    assert Store.objects.of_account(account).count() == 1


def test_the_demo_store_has_packages_on_shelves_and_servers():
    store = Store.objects.get(store_id=load_demo(account=make_account()))
    client = store_client(store)
    found = client.get("/api/v1/packages?take=100").json()["data"]
    assert found["totalCount"] == 40
    assert all(item["categoryName"] and item["serverIds"] for item in found["items"])
    assert {item["type"] for item in found["items"]} == {"one_time", "timed", "subscription"}
    assert client.get("/api/v1/servers").json()["data"]["totalCount"] == 3
    assert client.get("/api/v1/categories").json()["data"]["totalCount"] == 6


def test_the_demo_store_has_a_year_of_orders_whose_sums_agree():
    store = Store.objects.get(store_id=load_demo(account=make_account()))
    orders, paid = Order.objects.of_store(store), Order.objects.of_store(store).filter(status="Paid")
    assert orders.count() == 5000
    assert orders.earliest("created_at").created_at < timezone.now() - timedelta(days=350)
    spent = sum((order.total_amount for order in paid), Decimal(0))
    customers = Customer.objects.of_store(store)
    assert sum((one.total_spent for one in customers), Decimal(0)) == spent
    assert sum(one.orders_count for one in customers) == paid.count()
    held = OrderItem.objects.filter(order__store=store, order__status__in=["Paid", "Pending"])
    units = held.aggregate(sum=Sum("quantity"))["sum"]
    assert Package.objects.of_store(store).aggregate(sum=Sum("sold"))["sum"] == units
    assert PackageUse.objects.aggregate(sum=Sum("quantity"))["sum"] == units
    coupon = Coupon.objects.get(store=store, code="WELCOME10")
    assert coupon.uses == orders.filter(coupon=coupon).exclude(status="Cancelled").count() > 0
    refunded = orders.filter(status="Refunded")
    assert Refund.objects.filter(order__in=refunded, amount=F("order__total_amount")).count() == refunded.count()


def test_no_task_has_to_catch_up_with_the_demo():
    store = Store.objects.get(store_id=load_demo(account=make_account()))
    assert Subscription.objects.of_store(store).filter(status="active").exists()
    assert not Subscription.objects.due(timezone.now()).exists()
    assert not OrderItem.objects.due(timezone.now()).exists()


def test_the_demo_store_shows_every_resource():
    store = Store.objects.get(store_id=load_demo(account=make_account()))
    client = store_client(store)
    for noun in ("coupons", "sales", "gift-cards", "bans", "orders", "customers", "subscriptions"):
        assert client.get(f"/api/v1/{noun}").json()["data"]["totalCount"] > 1, noun
    assert client.get("/api/v1/stats").json()["data"]["revenue"] > 0


def test_keys_can_be_bound_to_the_accounts_own_stores_only():
    account = make_account()
    make_store()
    stores = [make_store(account=account), make_store(account=account)]
    config: Any = apps.get_app_config("store")
    assert config.key_product == "fluxstore"
    assert config.key_resources(account) == [store.store_id for store in stores]
    assert all(re.fullmatch("[0-9a-z]{8}", store.store_id) for store in stores)
