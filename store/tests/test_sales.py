"""Sales over HTTP: create, read, change, delete, list."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from store.models import Sale
from store.pricing import Scope
from store.tests.factories import make_category, make_package, make_sale, make_store, store_client

pytestmark = pytest.mark.django_db
SALES = "/api/v1/sales"
FIELDS = [
    "id", "name", "discountPercentage", "applicationScope", "categoryIds", "packageIds", "isEnabled", "startDate",
    "endDate", "createdAt", "updatedAt", "isRunning",
]  # fmt: skip


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    whole = {"name": "Summer", "discountPercentage": 25, "applicationScope": "store"}
    return client.post(SALES, whole | body, format="json")


def change(client, sale, **body):
    return client.patch(f"{SALES}/{sale.pk}", body, format="json")


def refused(response, *errors):
    assert response.status_code == 400
    assert response.json()["errors"] == list(errors)
    return True


def test_a_sale_with_what_it_needs_runs_at_once_and_until_it_is_disabled(client, store):
    response = create(client)
    data = response.json()["data"]
    assert response.status_code == 200
    assert list(data) == FIELDS
    assert data | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "name": "Summer", "discountPercentage": 25, "applicationScope": "store", "categoryIds": [],
        "packageIds": [], "isEnabled": True, "startDate": None, "endDate": None, "createdAt": 0, "updatedAt": 0,
        "isRunning": True,
    }  # fmt: skip
    after = change(client, Sale.objects.get(), isEnabled=False).json()["data"]
    assert (after["isEnabled"], after["isRunning"]) == (False, False)


def test_everything_that_was_written_is_read_again(client, store):
    categories = sorted(str(make_category(store).pk) for _ in range(2))
    wanted = {
        "discountPercentage": 12.5, "applicationScope": "category", "categoryIds": categories, "isEnabled": False,
        "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-02-01T00:00:00Z",
    }  # fmt: skip
    made = create(client, **wanted).json()["data"]
    assert client.get(f"{SALES}/{made['id']}").json()["data"] == made
    assert {name: made[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": ""}, "name: "),
        ({"discountPercentage": 0}, "discountPercentage: must be greater than 0"),
        ({"discountPercentage": 100.001}, "discountPercentage: "),
        ({"discountPercentage": 0.0001}, "discountPercentage: "),
        ({"discountPercentage": "25"}, "discountPercentage: must be a number"),
        ({"applicationScope": "categories"}, "applicationScope: "),
        ({"enabled": True}, "enabled: unknown field; did you mean isEnabled?"),
        ({"isRunning": True}, "isRunning: unknown field"),
        ({"endDate": "tomorrow"}, "endDate: "),
        (
            {"startDate": "2026-02-01T00:00:00Z", "endDate": "2026-01-01T00:00:00Z"},
            "endDate: must be after startDate",
        ),
    ],
)
def test_a_field_that_is_wrong_is_refused(client, body, error):
    response = create(client, **body)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert not Sale.objects.exists()


def test_a_patch_changes_what_it_names_and_nothing_else(client, store):
    sale = make_sale(store, reach_scope=Scope.PACKAGES, packages=[make_package(store)])
    before = client.get(f"{SALES}/{sale.pk}").json()["data"]
    after = change(client, sale, name="New", endDate="2099-01-01T00:00:00Z").json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after == before | {"name": "New", "endDate": "2099-01-01T00:00:00Z", "updatedAt": after["updatedAt"]}
    changed = change(client, sale, endDate=None).json()["data"]
    assert changed["endDate"] is None
    assert change(client, sale).json()["data"] == changed
    assert refused(change(client, sale, name=None), "name: This field may not be null.")
    assert refused(change(client, sale, startDate="2099-01-01T00:00:00Z", endDate="2098-01-01T00:00:00Z"),
                   "endDate: must be after startDate")  # fmt: skip


def test_a_change_of_scope_brings_its_ids_and_drops_the_others(client, store):
    package, category = make_package(store), make_category(store)
    sale = make_sale(store, reach_scope=Scope.PACKAGES, packages=[package])
    needs = "must have at least one id for this scope"
    assert refused(change(client, sale, applicationScope="category"), f"categoryIds: {needs}")
    assert refused(change(client, sale, packageIds=[]), f"packageIds: {needs}")
    assert refused(change(client, sale, packageIds=None), f"packageIds: {needs}")
    assert refused(
        change(client, sale, categoryIds=[str(category.pk)]), "categoryIds: does not go with this scope"
    )
    after = change(client, sale, applicationScope="category", categoryIds=[str(category.pk)]).json()["data"]
    assert (after["applicationScope"], after["categoryIds"], after["packageIds"]) == (
        "category", [str(category.pk)], [],
    )  # fmt: skip
    after = change(client, sale, applicationScope="category").json()["data"]
    assert after["categoryIds"] == [str(category.pk)]
    after = change(client, sale, applicationScope="store").json()["data"]
    assert (after["applicationScope"], after["categoryIds"]) == ("store", [])


def test_ids_replace_the_set_and_those_of_other_stores_do_not_exist(client, store):
    first, second, foreign = make_package(store), make_package(store), make_package(make_store())
    sale = make_sale(store, reach_scope=Scope.PACKAGES, packages=[first])
    assert change(client, sale, packageIds=[str(second.pk)]).json()["data"]["packageIds"] == [str(second.pk)]
    assert refused(change(client, sale, packageIds=[str(foreign.pk)]), "packageIds[0]: does not exist")


def test_a_deleted_sale_is_gone(client, store):
    sale = make_sale(store)
    assert client.delete(f"{SALES}/{sale.pk}").json()["data"] is None
    assert {
        client.get(f"{SALES}/{sale.pk}").status_code,
        change(client, sale, name="New").status_code,
        client.delete(f"{SALES}/{sale.pk}").status_code,
    } == {404}


def test_the_rule_for_running_is_the_same_for_a_row_and_for_a_query(client, store):
    now = timezone.now()
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    cases: list[tuple[dict, bool]] = [
        ({}, True),
        ({"is_enabled": False}, False),
        ({"start_date": future}, False),
        ({"start_date": past, "end_date": future}, True),
        ({"end_date": past}, False),
        ({"end_date": now}, False),
        ({"start_date": now}, True),
    ]
    for fields, expected in cases:
        sale = make_sale(store, **fields)
        assert sale.is_running_at(now) is expected, fields
        assert Sale.objects.running(now).filter(pk=sale.pk).exists() is expected, fields


def test_lists_search_sort_and_filter(client, store):
    make_sale(store, name="Summer", discount_percentage=Decimal(10))
    make_sale(store, name="Midsummer", discount_percentage=Decimal(30), is_enabled=False)
    make_sale(store, name="Winter", discount_percentage=Decimal(20))
    make_sale(make_store(), name="Summer")

    def names(**query):
        return [item["name"] for item in client.get(SALES, query).json()["data"]["items"]]

    assert names() == ["Winter", "Midsummer", "Summer"]
    assert names(search="summer") == ["Midsummer", "Summer"]
    assert names(isEnabled="false") == ["Midsummer"]
    assert names(sortBy="discountPercentage") == ["Midsummer", "Winter", "Summer"]


def test_a_page_of_20_takes_as_many_queries_as_a_page_of_2(client, store):
    packages = [make_package(store), make_package(store)]

    def queries(rows):
        for _ in range(rows - Sale.objects.count()):
            make_sale(store, reach_scope=Scope.PACKAGES, packages=packages)
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(SALES).json()["data"]["items"]) == rows
        return len(captured)

    client.get(SALES)
    assert [queries(2), queries(20)] == [6, 6]


def test_every_write_leaves_an_audit_row_with_the_key(client, store):
    pk = create(client).json()["data"]["id"]
    client.patch(f"{SALES}/{pk}", {"name": "New"}, format="json")
    client.delete(f"{SALES}/{pk}")
    rows = AuditEvent.objects.filter(target=f"store.sale:{pk}").order_by("pk")
    assert [row.action for row in rows] == ["sale.created", "sale.updated", "sale.deleted"]
    assert all(row.actor.startswith("key:") and row.account_id == store.account_id for row in rows)
