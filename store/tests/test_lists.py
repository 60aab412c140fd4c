"""Lists of packages and servers: pages, order, filters, refusals and queries."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request

from api.renderers import dumps
from store.models import Package
from store.package_views import list_packages
from store.tests.factories import make_category, make_package, make_server, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES = "/api/v1/packages"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def page(client, **query):
    response = client.get(PACKAGES, query)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def names(client, **query):
    return [item["name"] for item in page(client, **query)["items"]]


def test_an_empty_store_has_an_empty_page(client):
    assert page(client) == {"items": [], "totalCount": 0, "skip": 0, "take": 20}


def test_pages_cover_every_row_once(client, store):
    moment = timezone.now()
    made = [make_package(store).pk for _ in range(7)]
    Package.objects.update(created_at=moment)
    seen = []
    for skip in (0, 3, 6):
        found = page(client, skip=skip, take=3)
        assert (found["totalCount"], found["skip"], found["take"]) == (7, skip, 3)
        seen += [item["id"] for item in found["items"]]
    assert sorted(seen) == sorted(map(str, made))
    assert page(client, skip=7, take=3) == {"items": [], "totalCount": 7, "skip": 7, "take": 3}
    assert page(client, take=7)["totalCount"] == 7


def test_every_page_is_the_same_slice_from_whichever_end_it_is_found(client, store):
    every = [make_package(store, price=Decimal(n // 3)).name for n in range(9)][::-1]
    for skip in range(11):
        assert names(client, skip=skip, take=4) == every[skip : skip + 4]
        by_price = names(client, skip=skip, take=4, sortBy="price", sortDesc="false")
        assert by_price == names(client, sortBy="price", sortDesc="false")[skip : skip + 4]


def test_the_newest_come_first_unless_told_otherwise(client, store):
    for name, price in (("b", "1"), ("c", "3"), ("a", "2")):
        make_package(store, name=name, price=Decimal(price))
    assert names(client) == ["a", "c", "b"]
    assert names(client, sortDesc="false") == ["b", "c", "a"]
    assert names(client, sortBy="name") == ["c", "b", "a"]
    assert names(client, sortBy="price", sortDesc="false") == ["b", "a", "c"]


def test_search_finds_part_of_a_name_ignoring_case(client, store):
    for name in ("VIP Rank", "Crate 100%", "vip_key", "Äußere Öde (1)"):
        make_package(store, name=name)
    assert sorted(names(client, search="vip")) == ["VIP Rank", "vip_key"]
    assert names(client, search="0%") == ["Crate 100%"]
    assert names(client, search="p_k") == ["vip_key"]
    for text in ("äußere ö", "Öde (1)", "ÖDE (1"):
        assert names(client, search=text) == ["Äußere Öde (1)"]
    assert names(client, search="öde .1.") == []
    assert len(names(client, search="")) == 4


def test_filters_by_time_and_id_narrow_the_list(client, store):
    now = timezone.now()
    packages = {}
    for days, name in enumerate(("old", "middle", "new")):
        packages[name] = make_package(store, name=name)
        at = now + timedelta(days=days - 3)
        Package.objects.filter(pk=packages[name].pk).update(created_at=at, updated_at=at)
    middle = (now - timedelta(days=2)).isoformat().replace("+00:00", "Z")
    assert names(client, createdFrom=middle) == ["new", "middle"]
    assert names(client, createdTo=middle) == ["middle", "old"]
    assert names(client, createdFrom=middle, createdTo=middle) == ["middle"]
    assert names(client, updatedSince=middle) == ["new", "middle"]
    foreign = make_package(make_store())
    ids = ",".join(str(row.pk) for row in (packages["old"], packages["new"], foreign))
    assert names(client, ids=ids) == ["new", "old"]


@pytest.mark.parametrize(
    "query",
    [
        "skip=-1", "skip=1000001", "skip=x", "skip=", "skip=1.0", "skip=%D9%A3", "take=0", "take=101", "take=+5",
        "take=1&take=2", "sortBy=color", "sortBy=", "sortDesc=1", "sortDesc=True", "createdFrom=2026-01-01",
        "createdFrom=2026-01-01T00:00:00", "createdTo=yesterday", "createdTo=0001-01-01T00:00:00%2B14:00",
        "updatedSince=9999-12-31T23:59:59-14:00", "updatedSince=2026-02-30T00:00:00Z", "ids=", "ids=7",
        "ids=" + ",".join(["0b8f4b6e-8f5b-4a59-9c1e-0f5a6f1f0c11"] * 101), "search=" + "x" * 101, "color=red",
        "Skip=1", "page=2",
    ],
)  # fmt: skip
def test_a_parameter_that_is_wrong_or_unknown_is_refused(client, query):
    response = client.get(f"{PACKAGES}?{query}")
    body = response.json()
    assert response.status_code == 400
    assert list(body) == ["success", "data", "message", "errors"]
    assert body["errors"][0].startswith(query.partition("=")[0] + ": ")


def test_all_wrong_parameters_are_named_at_once(client):
    response = client.get(f"{PACKAGES}?skip=-1&take=0&sortby=name")
    assert response.json()["errors"] == [
        "skip: must be a whole number from 0 to 1000000",
        "take: must be a whole number from 1 to 100",
        "sortby: unknown parameter; did you mean sortBy?",
    ]


def test_servers_are_listed(client, store):
    make_server(make_store())
    server = make_server(store, name="Survival")
    found = client.get("/api/v1/servers").json()["data"]
    assert found["totalCount"] == 1
    assert {**found["items"][0], "createdAt": 0} == {"id": str(server.pk), "name": "Survival", "createdAt": 0}


def test_a_bare_view_can_list_packages_without_a_key(client, store):
    make_package(store)
    make_package(make_store())
    request = Request(RequestFactory().get("/bare", {"take": 5}))
    assert json.loads(dumps(list_packages(request, store))) == page(client, take=5)


def test_a_page_of_100_takes_as_many_queries_as_a_page_of_2(client, store):
    category, servers = make_category(store), [make_server(store), make_server(store)]

    def queries(rows, take):
        for _ in range(rows - Package.objects.count()):
            make_package(store, category=category, servers=servers)
        with CaptureQueriesContext(connection) as captured:
            found = page(client, take=take)
        assert len(found["items"]) == min(rows, take)
        return len(captured)

    page(client)
    # The key with its plan, the store, the rows, their servers, requirements and commands, the sales, the number.
    assert [queries(2, 20), queries(2, 2), queries(100, 20), queries(100, 100)] == [8, 8, 8, 8]
