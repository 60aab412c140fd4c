"""Tenants, and the wrapper on every refusal; `test_every_door.py` has what each key opens."""

import uuid

import pytest

from apikeys.tests.factories import client_for, make_key
from store.models import Package
from store.tests.factories import make_category, make_package, make_server, make_store, store_client

pytestmark = pytest.mark.django_db
PACKAGES = "/api/v1/packages"
WRAPPER = ["success", "data", "message", "errors"]


@pytest.fixture
def store():
    return make_store()


def call(client, method, path, body=None, package=None):
    path = path.format(id=package.pk if package else uuid.uuid4())
    return getattr(client, method)(path, body, format="json") if body else getattr(client, method)(path)


def assert_refused(response, status):
    body = response.json()
    assert response.status_code == status
    assert list(body) == WRAPPER
    assert (body["success"], body["data"]) == (False, None)
    assert body["message"]
    return body


def test_the_rate_headers_are_on_every_answer(store):
    client = store_client(store)
    for response in (client.get(PACKAGES), client.get(f"{PACKAGES}/{uuid.uuid4()}"), client.put(PACKAGES)):
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(response.headers)


def test_a_key_whose_store_is_gone_opens_nothing(store):
    client = store_client(store)
    store.delete()
    assert_refused(client.get(PACKAGES), 401)


def test_a_key_opens_its_store_only_even_within_one_account(store):
    sister = make_store(account=store.account)
    mine, hers = make_package(store), make_package(sister)
    items = store_client(store).get(PACKAGES).json()["data"]["items"]
    assert [item["id"] for item in items] == [str(mine.pk)]
    assert_refused(store_client(store).get(f"{PACKAGES}/{hers.pk}"), 404)


@pytest.mark.parametrize(("method", "body"), [("get", None), ("patch", {"name": "New"}), ("delete", None)])
def test_another_stores_package_is_answered_like_a_missing_one(store, method, body):
    client, foreign = store_client(store), make_package(make_store())
    theirs = call(client, method, PACKAGES + "/{id}", body, foreign)
    missing = call(client, method, PACKAGES + "/{id}", body)
    assert_refused(theirs, 404)
    assert theirs.content == missing.content
    assert Package.objects.get(pk=foreign.pk).hidden_at is None
    assert Package.objects.get(pk=foreign.pk).name == foreign.name


@pytest.mark.parametrize("method", ["post", "patch"])
def test_another_stores_rows_are_refused_in_the_words_for_missing_ones(store, method):
    client, other, package = store_client(store), make_store(), make_package(store)
    foreign = {"categoryId": str(make_category(other).pk), "serverIds": [str(make_server(other).pk)]}
    missing = {"categoryId": str(uuid.uuid4()), "serverIds": [str(uuid.uuid4())]}
    path = PACKAGES if method == "post" else PACKAGES + "/{id}"
    answers = [
        call(client, method, path, {"name": "VIP", "price": 1} | references, package)
        for references in (foreign, missing)
    ]
    refusal = assert_refused(answers[0], 400)
    assert refusal["errors"] == ["categoryId: does not exist", "serverIds[0]: does not exist"]
    assert answers[0].content == answers[1].content


def test_a_key_of_another_product_opens_nothing(store):
    issued = make_key("fluxly", account=store.account)
    assert_refused(client_for(issued.secret).get(PACKAGES), 401)


@pytest.mark.parametrize("path", ["/api/v1/nothing", PACKAGES + "/7", PACKAGES + "/", "/api/v1"])
def test_an_unknown_route_has_the_wrapper(store, path):
    assert_refused(store_client(store).get(path), 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_a_wrong_method_has_the_wrapper_and_allow(store, method):
    response = getattr(store_client(store), method)(PACKAGES)
    assert_refused(response, 405)
    assert set(response.headers["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_a_wrong_content_type_has_the_wrapper(store):
    assert_refused(store_client(store).post(PACKAGES, "name=VIP", content_type="text/plain"), 415)


def test_a_body_that_is_too_large_has_the_wrapper(store):
    body = '{"name": "' + "x" * 1024 * 1024 + '"}'
    assert_refused(store_client(store).post(PACKAGES, body, content_type="application/json"), 413)
