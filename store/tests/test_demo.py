import re
from typing import Any

import pytest
from django.apps import apps

from accounts.tests.factories import make_account
from store.demo import load_demo
from store.models import Store
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
    assert found["totalCount"] == 20
    assert all(item["categoryName"] and item["serverIds"] for item in found["items"])
    assert {item["type"] for item in found["items"]} == {"one_time", "timed", "subscription"}
    assert client.get("/api/v1/servers").json()["data"]["totalCount"] == 3


def test_keys_can_be_bound_to_the_accounts_own_stores_only():
    account = make_account()
    make_store()
    stores = [make_store(account=account), make_store(account=account)]
    config: Any = apps.get_app_config("store")
    assert config.key_product == "fluxstore"
    assert config.key_resources(account) == [store.store_id for store in stores]
    assert all(re.fullmatch("[0-9a-z]{8}", store.store_id) for store in stores)
