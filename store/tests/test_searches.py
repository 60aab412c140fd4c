"""`search` in lists: the same rows whether few or many are found."""

import pytest

from store import searching
from store.services import hide_package
from store.tests.factories import make_bare_order, make_package, make_store, store_client
from store.tests.orders import bought, line

pytestmark = pytest.mark.django_db
ORDERS, CUSTOMERS, SUBSCRIPTIONS = "/api/v1/orders", "/api/v1/customers", "/api/v1/subscriptions"
UUID = "069a79f4-44e9-4726-a5be-fca90e38aaf5"


def found(client, path, text):
    page = client.get(path, {"search": text}).json()["data"]
    assert page["totalCount"] == len(page["items"])
    return [item["playerUsername"] for item in page["items"]]


@pytest.mark.parametrize("few", [0, 1, 1_000])
def test_a_search_finds_the_same_whether_few_or_many_have_the_name(monkeypatch, few):
    monkeypatch.setattr(searching, "FEW", few)
    store = make_store()
    client = store_client(store)
    package = make_package(store, name="Gold Rank", type="subscription")
    bought(client, line(package), playerUsername="AnnaBel")
    bought(client, line(package), playerUsername="annabEL")
    bought(client, line(package), playerUsername="Ruth", playerUuid=UUID)
    make_bare_order(make_store())
    assert found(client, ORDERS, "NNAB") == ["annabEL", "AnnaBel"]
    assert found(client, ORDERS, "a%b") == found(client, ORDERS, "nobody") == []
    assert found(client, CUSTOMERS, "nnab") == ["annabEL"]
    assert found(client, CUSTOMERS, UUID[:8].upper()) == ["Ruth"]
    assert found(client, CUSTOMERS, "069z") == []
    assert found(client, SUBSCRIPTIONS, "gold") == ["Ruth", "annabEL", "annabEL"]
    assert found(client, SUBSCRIPTIONS, "rut") == ["Ruth"]


def test_a_subscription_is_found_by_the_name_of_a_package_that_was_deleted():
    store = make_store()
    client = store_client(store)
    package = make_package(store, name="Gold Rank", type="subscription")
    bought(client, line(package), playerUsername="Ruth")
    hide_package(package=package, store=store)
    assert found(client, SUBSCRIPTIONS, "gold") == ["Ruth"]
