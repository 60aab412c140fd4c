"""Packages: create, read, change, delete."""

import json
import uuid

import pytest

from audit.models import AuditEvent
from store.models import Package
from store.tests.factories import make_category, make_package, make_server, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES = "/api/v1/packages"
WRAPPER = ["success", "data", "message", "errors"]
FIELDS = [
    "id",
    "name",
    "price",
    "description",
    "salePrice",
    "imageUrl",
    "isActive",
    "sortOrder",
    "categoryId",
    "categoryName",
    "allowCustomPrice",
    "globalLimit",
    "perUserLimit",
    "isCumulative",
    "isTiered",
    "isSubscription",
    "serverIds",
    "userServerSelectionEnabled",
    "type",
    "durationDays",
    "durationHours",
    "interval",
    "intervalCount",
    "trialDays",
    "requiredPackageIds",
    "commands",
    "availableFrom",
    "availableUntil",
    "createdAt",
    "updatedAt",
]


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    return client.post(PACKAGES, {"name": "VIP", "price": 19.99} | body, format="json")


def change(client, package, **body):
    return client.patch(f"{PACKAGES}/{package.pk}", body, format="json")


def test_create_answers_200_with_the_wrapper_and_every_field(client):
    response = create(client)
    body = response.json()
    assert response.status_code == 200
    assert list(body) == WRAPPER
    assert (body["success"], body["message"], body["errors"]) == (True, None, [])
    assert list(body["data"]) == FIELDS
    assert body["data"] | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "name": "VIP", "price": 19.99, "description": None, "salePrice": None, "imageUrl": None,
        "isActive": True, "sortOrder": 0, "categoryId": None, "categoryName": None, "allowCustomPrice": False,
        "globalLimit": None, "perUserLimit": None, "isCumulative": False, "isTiered": False,
        "isSubscription": False, "serverIds": [], "userServerSelectionEnabled": False, "type": "one_time",
        "durationDays": None, "durationHours": None, "interval": None, "intervalCount": None, "trialDays": None,
        "requiredPackageIds": [], "commands": [], "availableFrom": None, "availableUntil": None,
        "createdAt": 0, "updatedAt": 0,
    }  # fmt: skip
    assert body["data"]["createdAt"].endswith("Z")


def test_everything_that_was_written_is_read_again(client, store):
    category, server, other = make_category(store), make_server(store), make_server(store)
    wanted = {
        "description": "Line one\n<b>line two</b>", "imageUrl": "https://cdn.example/a.png", "isActive": False,
        "sortOrder": 7, "categoryId": str(category.pk), "allowCustomPrice": True, "globalLimit": 5,
        "perUserLimit": 1, "isCumulative": True, "userServerSelectionEnabled": True,
        "serverIds": [str(other.pk), str(server.pk)], "type": "subscription", "interval": "week",
        "intervalCount": 2, "trialDays": 3, "availableFrom": "2026-01-01T00:00:00Z",
        "availableUntil": "2026-02-01T01:00:00+01:00",
    }  # fmt: skip
    made = create(client, **wanted).json()["data"]
    read = client.get(f"{PACKAGES}/{made['id']}").json()["data"]
    assert read == made
    expected = wanted | {"serverIds": [str(server.pk), str(other.pk)], "availableUntil": "2026-02-01T00:00:00Z"}
    assert {name: read[name] for name in wanted} == expected
    assert (read["categoryName"], read["isSubscription"]) == (category.name, True)


@pytest.mark.parametrize(
    ("currency", "sent", "written"),
    [
        ("EUR", "19.99", "19.99"),
        ("EUR", "10", "10.00"),
        ("EUR", "10.5", "10.50"),
        ("EUR", "1e1", "10.00"),
        ("EUR", "0.1", "0.10"),
        ("EUR", "999999999", "999999999.00"),
        ("JPY", "1500", "1500"),
        ("JPY", "1500.0", "1500"),
        ("KWD", "1.234", "1.234"),
        ("KWD", "2", "2.000"),
    ],
)
def test_money_is_a_number_with_exactly_the_decimals_of_the_currency(currency, sent, written):
    client = store_client(make_store(currency=currency))
    body = f'{{"name": "VIP", "price": {sent}}}'
    made = client.post(PACKAGES, body, content_type="application/json")
    assert f'"price":{written},'.encode() in made.content
    assert f'"price":{written},'.encode() in client.get(PACKAGES).content


@pytest.mark.parametrize(
    ("currency", "sent"),
    [
        ("EUR", "10.001"),
        ("EUR", "10.0000000000000000000000000000000000001"),
        ("EUR", "-0.01"),
        ("EUR", "1000000000"),
        ("EUR", "999999999.01"),
        ("EUR", "1e300"),
        ("EUR", '"19.99"'),
        ("EUR", "true"),
        ("EUR", "null"),
        ("JPY", "10.5"),
        ("KWD", "1.2345"),
    ],
)
def test_an_amount_that_the_currency_cannot_write_is_refused(currency, sent):
    client = store_client(make_store(currency=currency))
    body = f'{{"name": "VIP", "price": {sent}}}'
    response = client.post(PACKAGES, body, content_type="application/json")
    assert response.status_code == 400
    assert [error.partition(":")[0] for error in response.json()["errors"]] == ["price"]
    assert not Package.objects.exists()


def test_all_faults_come_in_one_answer_and_nothing_is_written(client, store):
    missing = str(uuid.uuid4())
    response = create(
        client,
        name=" ", price=10.001, isActive="yes", globalLimit=0, imageUrl="javascript:alert(1)", maxUse=1,
        categoryId=missing, serverIds=[str(make_server(store).pk), missing, 7], type="rent", interval="month ",
        availableFrom="2026-01-01T00:00:00",
    )  # fmt: skip
    body = response.json()
    assert response.status_code == 400
    assert list(body) == WRAPPER
    assert (body["success"], body["data"]) == (False, None)
    assert {error.partition(":")[0] for error in body["errors"]} == {
        "name", "price", "isActive", "globalLimit", "imageUrl", "maxUse", "categoryId", "serverIds[1]",
        "serverIds[2]", "type", "interval", "availableFrom",
    }  # fmt: skip
    assert "categoryId: does not exist" in body["errors"]
    assert not Package.objects.exists()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"categoryId": "7"}, "categoryId: must be a UUID"),
        ({"categoryId": 7}, "categoryId: must be a UUID"),
        ({"serverIds": "7"}, "serverIds: must be a list"),
        ({"serverIds": [str(uuid.UUID(int=4))] * 101}, "serverIds: must have at most 100 items"),
    ],
)
def test_a_reference_has_the_form_of_an_id(client, body, error):
    response = create(client, **body)
    assert response.status_code == 400
    assert response.json()["errors"] == [error]


@pytest.mark.parametrize("field", ["id", "salePrice", "categoryName", "isTiered", "createdAt", "updatedAt"])
def test_what_is_computed_cannot_be_written(client, field):
    response = create(client, **{field: None})
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(f"{field}: unknown field")


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "{", '{"name": "a", "name": "b"}', '{"price": NaN}', ""])
def test_a_body_that_is_no_object_is_refused(client, body):
    response = client.post(PACKAGES, body, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()) == WRAPPER


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"type": "timed"}, "durationDays: a timed package needs durationDays or durationHours"),
        ({"type": "timed", "isSubscription": True, "durationDays": 1}, "isSubscription: contradicts type"),
        ({"type": "subscription", "interval": None}, "interval: a subscription needs it"),
        (
            {"availableFrom": "2026-01-02T00:00:00Z", "availableUntil": "2026-01-01T00:00:00Z"},
            "availableUntil: must be after availableFrom",
        ),
    ],
)
def test_fields_that_contradict_one_another_are_refused(client, body, sentence):
    response = create(client, **body)
    assert response.status_code == 400
    assert response.json()["errors"] == [sentence]


def test_a_subscription_without_a_period_renews_every_month(client):
    made = create(client, isSubscription=True).json()["data"]
    assert (made["type"], made["interval"], made["intervalCount"]) == ("subscription", "month", 1)


def test_a_patch_changes_what_it_names_and_nothing_else(client, store):
    package = make_package(store, description="old", global_limit=3, servers=[make_server(store)])
    before = client.get(f"{PACKAGES}/{package.pk}").json()["data"]
    after = change(client, package, name="New").json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after | {"updatedAt": 0} == before | {"name": "New", "updatedAt": 0}


def test_null_in_a_patch_clears(client, store):
    package = make_package(
        store, description="old", global_limit=3, category=make_category(store), servers=[make_server(store)]
    )
    wanted = {"description": None, "globalLimit": None, "categoryId": None, "serverIds": None}
    after = change(client, package, **wanted).json()["data"]
    assert {name: after[name] for name in wanted} == wanted | {"serverIds": []}
    assert after["categoryName"] is None


@pytest.mark.parametrize("field", ["name", "price", "isActive", "sortOrder", "type", "isSubscription"])
def test_null_is_refused_where_there_is_nothing_to_clear(client, store, field):
    package = make_package(store)
    response = change(client, package, **{field: None})
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(f"{field}: ")


def test_an_empty_patch_changes_nothing(client, store):
    package = make_package(store)
    before = client.get(f"{PACKAGES}/{package.pk}").json()["data"]
    assert change(client, package).json()["data"] == before


def test_a_patch_with_one_fault_changes_nothing(client, store):
    package = make_package(store)
    assert change(client, package, name="New", isActiv=False).status_code == 400
    package.refresh_from_db()
    assert package.name != "New"


def test_server_ids_replace_the_set(client, store):
    first, second = make_server(store), make_server(store)
    package = make_package(store, servers=[first])
    after = change(client, package, serverIds=[str(second.pk), str(second.pk).upper()]).json()["data"]
    assert after["serverIds"] == [str(second.pk)]


def test_a_deleted_package_is_gone_for_clients_and_kept_for_orders(client, store):
    package = make_package(store)
    response = client.delete(f"{PACKAGES}/{package.pk}")
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": None, "message": None, "errors": []}
    gone = [
        client.get(f"{PACKAGES}/{package.pk}"),
        change(client, package, name="New"),
        client.delete(f"{PACKAGES}/{package.pk}"),
    ]
    assert {answer.status_code for answer in gone} == {404}
    assert client.get(PACKAGES).json()["data"]["totalCount"] == 0
    assert Package.objects.get().hidden_at is not None


def test_every_write_leaves_an_audit_row_with_the_key(client, store):
    package = create(client, description="secret plans").json()["data"]["id"]
    client.patch(f"{PACKAGES}/{package}", {"name": "New"}, format="json")
    client.delete(f"{PACKAGES}/{package}")
    rows = AuditEvent.objects.filter(target=f"store.package:{package}").order_by("pk")
    assert [row.action for row in rows] == ["package.created", "package.updated", "package.deleted"]
    assert {row.account_id for row in rows} == {store.account_id}
    assert all(row.actor.startswith("key:") for row in rows)
    assert rows[1].data == {"fields": ["name"]}
    assert "secret plans" not in json.dumps([row.data for row in rows])


def test_a_repeated_post_with_one_idempotency_key_creates_one_package(client):
    answers = [
        client.post(PACKAGES, {"name": "VIP", "price": 1}, format="json", headers={"Idempotency-Key": "a"})
        for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert Package.objects.count() == 1
    other = client.post(PACKAGES, {"name": "B", "price": 1}, format="json", headers={"Idempotency-Key": "a"})
    assert other.status_code == 400
