"""Categories: create, read, change, delete, and what hangs on them."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.errors import NotFound
from audit.models import AuditEvent
from store import services
from store.models import Category, Sale
from store.pricing import Line, Scope
from store.tests.factories import make_category, make_package, make_sale, make_store, store_client

pytestmark = pytest.mark.django_db
CATEGORIES = "/api/v1/categories"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def create(client, **body):
    return client.post(CATEGORIES, {"name": "Ranks"} | body, format="json")


def change(client, category, **body):
    return client.patch(f"{CATEGORIES}/{category.pk}", body, format="json")


def read(client, category):
    return client.get(f"{CATEGORIES}/{category.pk}").json()["data"]


def make_chain(store):
    top = make_category(store)
    middle = make_category(store, parent=top)
    return top, middle, make_category(store, parent=middle)


def test_create_needs_a_name_and_answers_every_field(client):
    response = create(client)
    assert response.status_code == 200
    assert response.json()["data"] | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "name": "Ranks", "description": None, "slug": "ranks", "imageUrl": None, "parentId": None,
        "sortOrder": 0, "isActive": True, "packageCount": 0, "createdAt": 0, "updatedAt": 0,
    }  # fmt: skip
    assert create(client, name=None).json()["errors"] == ["name: This field may not be null."]


def test_everything_that_was_written_is_read_again(client, store):
    wanted = {
        "name": "Keys", "description": "<p>For <b>crates</b></p>", "slug": "crate-keys", "sortOrder": 3,
        "imageUrl": "https://cdn.example/a.png", "parentId": str(make_category(store).pk), "isActive": False,
    }  # fmt: skip
    made = create(client, **wanted).json()["data"]
    assert {name: made[name] for name in wanted} == wanted
    assert client.get(f"{CATEGORIES}/{made['id']}").json()["data"] == made


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("VIP & More", ["vip-more", "vip-more-2", "vip-more-3"]),
        ("Ключи", ["ключи", "ключи-2"]),
        ("✨", ["category", "category-2"]),
        ("a" * 120, ["a" * 120, "a" * 120 + "-2"]),
    ],
)
def test_the_slug_comes_from_the_name_and_is_unique_in_the_store(client, name, slugs):
    create(store_client(make_store()), name=name)
    assert [create(client, name=name).json()["data"]["slug"] for _ in slugs] == slugs


def test_a_slug_in_use_is_refused_and_a_new_name_keeps_the_old_slug(client, store):
    ranks, keys = make_category(store, name="Ranks"), make_category(store, name="Keys")
    for response in (create(client, slug="ranks"), change(client, keys, slug="ranks")):
        assert response.status_code == 400
        assert response.json()["errors"] == ["slug: is used by another category"]
    assert change(client, ranks, slug="ranks").status_code == 200
    assert change(client, ranks, name="Titles").json()["data"]["slug"] == "ranks"
    assert change(client, ranks, slug=None).json()["data"]["slug"] == "titles"


@pytest.mark.parametrize("slug", ["Ranks", "a b", "-a", "a/b", "a--b", "", 7])
def test_a_slug_fits_into_an_address(client, slug):
    response = create(client, slug=slug)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith("slug: ")


@pytest.mark.parametrize("field", ["id", "packageCount", "createdAt", "updatedAt", "parent"])
def test_what_is_computed_or_unknown_cannot_be_written(client, field):
    response = create(client, **{field: None})
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(f"{field}: unknown field")


def test_there_are_three_levels_and_no_fourth(client, store):
    top, middle, lowest = make_chain(store)
    assert read(client, lowest)["parentId"] == str(middle.pk)
    response = create(client, parentId=str(lowest.pk))
    assert response.status_code == 400
    assert response.json()["errors"] == ["parentId: categories are at most 3 levels deep"]
    # What hangs below a category counts when it moves.
    other = make_category(store)
    assert change(client, top, parentId=str(other.pk)).status_code == 400
    assert change(client, middle, parentId=str(other.pk)).status_code == 200


def test_a_category_never_hangs_below_itself(client, store):
    top, middle, lowest = make_chain(store)
    for below in (top, middle, lowest):
        response = change(client, top, parentId=str(below.pk))
        assert response.status_code == 400
        assert response.json()["errors"] == ["parentId: must not be the category itself or one below it"]
    assert change(client, middle, parentId=None).json()["data"]["parentId"] is None


@pytest.mark.parametrize("method", ["create", "change"])
def test_a_parent_of_another_store_is_refused_like_a_missing_one(client, store, method):
    foreign, category = make_category(make_store()), make_category(store)
    for parent in (foreign.pk, uuid.uuid4()):
        body = {"parentId": str(parent)}
        response = create(client, **body) if method == "create" else change(client, category, **body)
        assert response.status_code == 400
        assert response.json()["errors"] == ["parentId: does not exist"]


def test_another_stores_category_is_a_404_like_a_missing_one(client):
    foreign = make_category(make_store())
    for pk in (foreign.pk, uuid.uuid4()):
        path = f"{CATEGORIES}/{pk}"
        answers = client.get(path), client.patch(path, {"name": "A"}, format="json"), client.delete(path)
        assert {answer.status_code for answer in answers} == {404}
    assert Category.objects.get().name == foreign.name


def test_a_patch_changes_what_it_names_and_null_clears(client, store):
    category = make_category(store, description="old", image_url="https://a.example/b", sort_order=4)
    before = read(client, category)
    after = change(client, category, description=None, imageUrl=None, isActive=False).json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    changed = {"description": None, "imageUrl": None, "isActive": False, "updatedAt": after["updatedAt"]}
    assert after == before | changed
    assert change(client, category).json()["data"] == after


def test_packages_are_counted_without_those_of_children_and_deleted_ones(client, store):
    top, middle, _ = make_chain(store)
    for category in (top, top, middle):
        make_package(store, category=category)
    services.hide_package(package=make_package(store, category=top), store=store)
    assert [read(client, row)["packageCount"] for row in (top, middle)] == [2, 1]


def test_deleting_a_category_moves_children_up_and_frees_packages(client, store):
    top, middle, lowest = make_chain(store)
    package = make_package(store, category=middle)
    response = client.delete(f"{CATEGORIES}/{middle.pk}")
    assert response.json() == {"success": True, "data": None, "message": None, "errors": []}
    assert client.get(f"{CATEGORIES}/{middle.pk}").status_code == 404
    assert read(client, lowest)["parentId"] == str(top.pk)
    client.delete(f"{CATEGORIES}/{top.pk}")
    assert read(client, lowest)["parentId"] is None
    package.refresh_from_db()
    assert package.category is None


def test_what_was_scoped_to_a_deleted_category_covers_nothing_rather_than_everything(client, store):
    category = make_category(store)
    sale = make_sale(store, reach_scope=Scope.CATEGORIES, categories=[category])
    line = Line("a", Decimal(1), category_ids=frozenset({category.pk}))
    assert sale.reach.covers(line)
    client.delete(f"{CATEGORIES}/{category.pk}")
    left = Sale.objects.get().reach
    assert (left.scope, left.category_ids) == (Scope.CATEGORIES, frozenset())
    assert not left.covers(line)


def test_a_category_that_was_deleted_meanwhile_is_not_written(store):
    category = make_category(store)
    services.remove_category(category=category, store=store)
    with pytest.raises(NotFound):
        services.update_category(category=category, store=store, name="New")
    with pytest.raises(NotFound):
        services.remove_category(category=category, store=store)


def test_a_description_is_sanitised(client):
    made = create(client, description='<b onclick="x()">Hi</b><script>alert(1)</script>').json()["data"]
    assert made["description"] == "<b>Hi</b>"


def test_every_write_leaves_an_audit_row_with_the_key(client):
    pk = create(client, description="secret plans").json()["data"]["id"]
    client.patch(f"{CATEGORIES}/{pk}", {"name": "New"}, format="json")
    client.delete(f"{CATEGORIES}/{pk}")
    rows = AuditEvent.objects.filter(target=f"store.category:{pk}").order_by("pk")
    assert [row.action.partition(".")[2] for row in rows] == ["added", "updated", "removed"]
    assert all(row.actor.startswith("key:") for row in rows)
    assert "secret plans" not in str([row.data for row in rows])


def test_the_list_sorts_searches_and_takes_as_many_queries_for_20_rows_as_for_2(client, store):
    for place, name in enumerate("bca"):
        make_package(store, category=make_category(store, name=name, sort_order=place))

    def names(**query):
        return [row["name"] for row in client.get(CATEGORIES, query).json()["data"]["items"]]

    assert names() == ["a", "c", "b"]
    assert names(sortBy="name", sortDesc="false") == ["a", "b", "c"]
    assert names(sortBy="sortOrder", sortDesc="false") == ["b", "c", "a"]
    assert names(search="B") == ["b"]

    def queries(take):
        with CaptureQueriesContext(connection) as captured:
            found = client.get(CATEGORIES, {"take": take}).json()["data"]
        assert len(found["items"]) == min(take, 20)
        return len(captured)

    for number in range(17):
        make_package(store, category=make_category(store, name=f"More {number}"))
    # The key with its plan, the store, the rows with their counts, their number.
    assert [queries(2), queries(20)] == [4, 4]
