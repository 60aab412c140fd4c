"""Many writes in one request: a result for each, all or nothing, and what a batch may not be."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from store import services
from store.models import Category, Package
from store.tests.factories import make_category, make_package, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES, CATEGORIES = "/api/v1/packages/batch", "/api/v1/categories/batch"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def batch(client, *items, path=PACKAGES, **body):
    return client.post(path, {"items": list(items)} | body, format="json")


def vip(**fields):
    return {"name": "VIP", "price": 5} | fields


def test_each_item_has_its_result_and_one_fault_stops_no_other(client, store):
    old, foreign = make_package(store, name="Old"), make_package(make_store())
    items = [
        vip(),
        vip(price=5.001, maxUse=1),
        {"id": str(old.pk), "price": 7.5},
        {"id": str(foreign.pk), "price": 1},
        {"id": str(uuid.uuid4()), "price": 1},
        {"id": 7},
        "VIP",
    ]
    response = batch(client, *items)
    body = response.json()
    assert (response.status_code, body["success"], body["errors"]) == (200, True, [])
    data = body["data"]
    assert (data["succeeded"], data["failed"]) == (2, 5)
    assert [result["index"] for result in data["results"]] == list(range(7))
    assert [result["status"] for result in data["results"]] == [200, 400, 200, 404, 404, 400, 400]
    assert list(data["results"][0]) == ["index", "status", "success", "data", "message", "errors"]
    created, refused, changed, theirs, missing, unnamed, _ = data["results"]
    assert (created["data"]["name"], created["data"]["price"]) == ("VIP", 5)
    assert refused["data"] is None
    assert {error.partition(":")[0] for error in refused["errors"]} == {"price", "maxUse"}
    assert (changed["data"]["name"], changed["data"]["price"]) == ("Old", 7.5)
    assert theirs | {"index": 0} == missing | {"index": 0}
    assert unnamed["errors"] == ["id: must be a UUID"]
    assert Package.objects.of_store(store).count() == 2
    foreign.refresh_from_db()
    assert foreign.price == Decimal("9.99")


def test_a_result_shows_what_a_read_shows(client):
    made = batch(client, vip()).json()["data"]["results"][0]["data"]
    assert client.get(f"/api/v1/packages/{made['id']}").json()["data"] == made


def test_an_atomic_batch_with_one_fault_writes_nothing_and_names_every_fault(client, store):
    old = make_package(store, name="Old")
    events = AuditEvent.objects.count()
    items = [vip(), vip(price=5.001), {"id": str(old.pk), "name": "New"}, {"id": str(uuid.uuid4())}]
    response = batch(client, *items, atomic=True)
    assert response.status_code == 400
    assert response.json() == {
        "success": False,
        "data": None,
        "message": "Some items are not valid, so nothing was written.",
        "errors": ["items[1].price: must have at most 2 decimals in EUR", "items[3]: Not found."],
    }
    assert [package.name for package in Package.objects.all()] == ["Old"]
    assert AuditEvent.objects.count() == events


def test_an_atomic_batch_without_a_fault_writes_all(client):
    data = batch(client, vip(), vip(name="Elite"), atomic=True).json()["data"]
    assert (data["succeeded"], data["failed"], Package.objects.count()) == (2, 0, 2)


def test_an_item_that_is_refused_late_leaves_nothing(client, store):
    package = make_package(store, name="Old")
    # Requirements are looked at after the row was written.
    item = {"id": str(package.pk), "name": "New", "requiredPackageIds": [str(package.pk)]}
    assert batch(client, item, vip()).json()["data"]["failed"] == 1
    package.refresh_from_db()
    assert package.name == "Old"
    assert AuditEvent.objects.filter(action="package.updated").count() == 0


def test_a_crash_in_a_batch_leaves_nothing(client, monkeypatch):
    create = services.create_package

    def crash_on_the_second(**fields):
        if fields["name"] == "Elite":
            raise RuntimeError("boom")
        return create(**fields)

    monkeypatch.setattr(services, "create_package", crash_on_the_second)
    assert batch(client, vip(), vip(name="Elite")).status_code == 500
    assert not Package.objects.exists()


def test_one_row_is_changed_once_in_a_batch(client, store):
    package = make_package(store)
    item = {"id": str(package.pk), "price": 1}
    results = batch(client, item, item | {"price": 2}).json()["data"]["results"]
    assert [result["errors"] for result in results] == [["id: must be in one item of a batch only"]] * 2


def test_a_deleted_row_is_missing_for_a_batch_too(client, store):
    package = make_package(store)
    services.hide_package(package=package, store=store)
    result = batch(client, {"id": str(package.pk), "price": 1}).json()["data"]["results"][0]
    assert result["status"] == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"items": []}, {"items": [{}] * 101}, {"items": {}}, {"items": None}, {"items": "x"}, [], {"item": [{}]}],
)
def test_a_batch_has_one_to_a_hundred_items(client, body):
    response = client.post(PACKAGES, body, format="json")
    assert response.status_code == 400
    assert response.json()["success"] is False


@pytest.mark.parametrize("atomic", [1, "true", None])
def test_atomic_is_a_boolean(client, atomic):
    assert batch(client, vip(), atomic=atomic).json()["errors"][0].startswith("atomic: ")


def test_categories_are_made_moved_and_renamed_in_one_batch(client, store):
    top, keys = make_category(store, name="Shop"), make_category(store, name="Keys")
    items = [
        {"name": "Ranks", "parentId": str(top.pk)},
        {"name": "Ranks"},
        {"id": str(keys.pk), "parentId": str(top.pk)},
        {"id": str(top.pk), "parentId": str(keys.pk)},
    ]
    data = batch(client, *items, path=CATEGORIES).json()["data"]
    assert [result["status"] for result in data["results"]] == [200, 200, 200, 400]
    assert [result["data"]["slug"] for result in data["results"][:2]] == ["ranks", "ranks-2"]
    assert data["results"][3]["errors"] == ["parentId: must not be the category itself or one below it"]
    assert Category.objects.filter(parent=top).count() == 2


@pytest.mark.parametrize(
    ("path", "scopes", "status"),
    [
        (PACKAGES, {"Packages": ["Edit"]}, 200),
        (PACKAGES, {"Packages": ["View", "Delete"], "Categories": ["Edit"]}, 403),
        (CATEGORIES, {"Categories": ["Edit"]}, 200),
        (CATEGORIES, {"Packages": ["Edit"]}, 403),
    ],
)
def test_a_batch_needs_the_permission_to_edit(store, path, scopes, status):
    client = store_client(store, scopes=scopes)
    item = vip() if path == PACKAGES else {"name": "Ranks"}
    assert batch(client, item, path=path).status_code == status


def test_a_batch_is_one_request_of_the_limit(client):
    answers = [batch(client, *[vip()] * 20), client.get("/api/v1/packages")]
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left[0] - left[1] == 1


def test_a_repeated_batch_with_one_idempotency_key_runs_once(client):
    name = {"Idempotency-Key": "import-1"}
    answers = [
        client.post(PACKAGES, {"items": [vip()]}, format="json", headers=name),
        client.post(PACKAGES, {"items": [vip()]}, format="json", headers=name),
    ]
    assert answers[0].content == answers[1].content
    assert Package.objects.count() == 1


def test_a_batch_is_posted_and_nothing_else(client):
    for method in ("get", "put", "patch", "delete"):
        assert getattr(client, method)(PACKAGES).status_code == 405


def test_what_a_batch_reads_does_not_grow_with_its_items(client, store):
    category = make_category(store)

    def reads(count):
        with CaptureQueriesContext(connection) as captured:
            batch(client, *[vip(categoryId=str(category.pk))] * count)
        return sum(query["sql"].startswith("SELECT") for query in captured)

    assert reads(1) == reads(20)
