"""`totalCount` of long lists: remembered, and right after every change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from store import services, totals
from store.models import Package
from store.tests.factories import make_package, make_store, store_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(totals, "COUNTED_EACH_TIME", 3)
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def number(client, **query):
    return client.get("/api/v1/packages", query).json()["data"]["totalCount"]


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

    def full_counts():
        with CaptureQueriesContext(connection) as captured:
            assert number(client) == 5
        counts = [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
        return sum("LIMIT" not in sql for sql in counts)

    assert [full_counts(), full_counts()] == [1, 0]


def test_each_filter_and_each_store_has_its_own_number(client, store):
    other = make_store()
    for n in range(5):
        make_package(store, name=f"A{n}")
        make_package(other)
    make_package(other)
    assert [number(client), number(client, search="A"), number(store_client(other))] == [5, 5, 6]
    chosen = ",".join(str(pk) for pk in Package.objects.of_store(store).values_list("pk", flat=True)[:4])
    assert [number(client, ids=chosen), number(client, search="A1")] == [4, 1]
