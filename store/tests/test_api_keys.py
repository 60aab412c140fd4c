"""The API keys of a store, managed by people who sign in through the headless API."""

import uuid
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Role
from accounts.services import add_member
from accounts.tests.factories import make_account, make_user
from apikeys.models import ApiKey, IdempotentAnswer
from apikeys.scopes import full_scopes
from apikeys.tests.factories import client_for, make_key
from plans.services import set_plan
from store.tests.factories import make_store, store_client
from store.tests.team import EDIT, NAMES, make_member

pytestmark = pytest.mark.django_db
FIELDS = ["id", "name", "hint", "permissions", "createdAt", "expiresAt", "lastUsedAt", "lastUsedIp", "revokedAt"]
WRAPPER = ["success", "data", "message", "errors"]
AUTH = "/_allauth/app/v1/auth"


@pytest.fixture(autouse=True)
def fresh_sign_in_limits():
    cache.clear()


@pytest.fixture
def owner():
    return make_user()


@pytest.fixture
def store(owner):
    account = make_account(owner=owner)
    set_plan(account=account, product="fluxstore", plan="pro")
    return make_store(account=account)


def sign_in(user):
    """Return a client with the person's access token, and the session token that ends it."""
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    body = {"email": user.email, "password": "correct horse"}
    meta = APIClient().post(f"{AUTH}/login", body, format="json").json()["meta"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {meta['access_token']}")
    return client, meta["session_token"]


@pytest.fixture
def client(owner):
    return sign_in(owner)[0]


def path(store, key=None, action=""):
    base = f"/api/stores/{store.store_id}/api-keys"
    return base + (f"/{key}" if key else "") + action


def create(client, store, **body):
    wanted = {"name": "CI", "permissions": {"Packages": ["View"]}} | body
    return client.post(path(store), wanted, format="json")


def test_a_created_key_is_shown_once_and_opens_its_store(client, store):
    response = create(client, store, permissions={"Packages": ["Edit", "View"]})
    made = response.json()["data"]
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert list(made) == [*FIELDS, "key"]
    assert made["key"].startswith(f"flx_{store.store_id}_")
    assert made["permissions"] == {"Packages": ["View", "Edit"]}
    assert (made["expiresAt"], made["lastUsedAt"], made["lastUsedIp"], made["revokedAt"]) == (None,) * 4
    assert client_for(made["key"], header="x-api-key").get("/api/v1/packages").status_code == 200

    listed = client.get(path(store))
    assert made["key"][-28:] not in listed.content.decode()
    assert list(listed.json()["data"]) == ["items", "totalCount", "skip", "take"]
    item = listed.json()["data"]["items"][0]
    assert list(item) == FIELDS
    assert item["id"] == made["id"]
    assert item["lastUsedAt"].endswith("Z")
    assert item["lastUsedIp"]


def test_every_permission_of_the_matrix_can_be_given(client, store):
    made = create(client, store, permissions=full_scopes("fluxstore")).json()["data"]
    assert made["permissions"] == full_scopes("fluxstore")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"permissions": {"Servers": ["View"]}}, {"permissions.Servers"}),
        (
            {"permissions": {"Orders": ["Delete"], "Customers": ["Edit"]}},
            {"permissions.Orders", "permissions.Customers"},
        ),
        ({"permissions": {"Packages": []}}, {"permissions.Packages"}),
        ({"permissions": {}}, {"permissions"}),
        ({"permissions": None}, {"permissions"}),
        ({"permissions": ["Packages"]}, {"permissions"}),
        ({"name": ""}, {"name"}),
        ({"name": "x" * 81}, {"name"}),
        ({"name": "two\nlines", "color": 1}, {"name", "color"}),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, {"expiresAt"}),
        ({"expiresAt": "tomorrow"}, {"expiresAt"}),
    ],
)  # fmt: skip
def test_a_key_outside_the_rules_is_not_made(client, store, body, fields):
    response = create(client, store, **body)
    assert response.status_code == 400
    assert {error.partition(": ")[0] for error in response.json()["errors"]} == fields
    assert not ApiKey.objects.exists()


def test_a_key_that_expires_says_when(client, store):
    at = (timezone.now() + timedelta(days=1)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert create(client, store, expiresAt=at).json()["data"]["expiresAt"] == at


def test_making_a_key_needs_pro_and_ending_one_does_not(client, store):
    made = create(client, store).json()["data"]
    set_plan(account=store.account, product="fluxstore", plan="free")
    refused = create(client, store, name="")
    assert refused.status_code == 403
    assert list(refused.json()) == WRAPPER
    assert client.get(path(store)).status_code == 200
    assert client.delete(path(store, made["id"])).status_code == 200


def test_a_revoked_key_opens_nothing_and_stays_listed(client, store):
    made = create(client, store).json()["data"]
    for _ in range(2):
        response = client.delete(path(store, made["id"]))
        assert response.status_code == 200
        assert response.json() == {"success": True, "data": None, "message": None, "errors": []}
    assert client_for(made["key"]).get("/api/v1/packages").status_code == 401
    assert client.get(path(store)).json()["data"]["items"][0]["revokedAt"] is not None


def test_a_regenerated_key_keeps_everything_but_its_secret(client, store):
    made = create(client, store).json()["data"]
    response = client.post(path(store, made["id"], "/regenerate"))
    fresh = response.json()["data"]
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert fresh | {"key": 0, "hint": 0} == made | {"key": 0, "hint": 0}
    assert client_for(made["key"]).get("/api/v1/packages").status_code == 401
    assert client_for(fresh["key"]).get("/api/v1/packages").status_code == 200


def test_a_revoked_key_is_not_regenerated(client, store):
    made = create(client, store).json()["data"]
    client.delete(path(store, made["id"]))
    response = client.post(path(store, made["id"], "/regenerate"))
    assert response.status_code == 400
    assert response.json()["message"] == "This API key is revoked. Create a new one."


@pytest.mark.parametrize("method", ["patch", "put", "get"])
def test_permissions_cannot_be_changed(client, store, method):
    made = create(client, store).json()["data"]
    response = getattr(client, method)(path(store, made["id"]), {"permissions": {}}, format="json")
    assert response.status_code == 405
    assert list(response.json()) == WRAPPER
    assert set(response.headers["Allow"].split(", ")) == {"DELETE", "OPTIONS"}
    assert getattr(APIClient(), method)(path(store, made["id"])).status_code == 405


# Method, path after the store's keys, body.
ROUTES = [
    ("get", "", None),
    ("post", "", {"name": "CI", "permissions": {"Packages": ["View"]}}),
    ("delete", "/{id}", None),
    ("post", "/{id}/regenerate", None),
]


def call(client, method, store, action, body, key):
    return getattr(client, method)(path(store) + action.format(id=key), body, format="json")


@pytest.mark.parametrize(("method", "action", "body"), ROUTES)
def test_a_foreign_store_is_answered_like_a_missing_one(client, method, action, body):
    foreign = make_store()
    key = make_key("fluxstore", account=foreign.account, resource=foreign.store_id).key
    theirs = call(client, method, foreign, action, body, key.pk)
    foreign.delete()
    missing = call(client, method, foreign, action, body, key.pk)
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert list(theirs.json()) == WRAPPER
    assert theirs.content == missing.content
    assert ApiKey.objects.get(pk=key.pk).version == 1


@pytest.mark.parametrize("make_foreign", [make_store, None])
@pytest.mark.parametrize(("method", "action", "body"), ROUTES[2:])
def test_a_key_of_another_store_is_not_found_even_in_one_account(
    client, store, make_foreign, method, action, body
):
    other = make_foreign() if make_foreign else make_store(account=store.account)
    key = make_key("fluxstore", account=other.account, resource=other.store_id).key
    assert call(client, method, store, action, body, key.pk).status_code == 404
    assert call(client, method, store, action, body, uuid.uuid4()).status_code == 404
    assert ApiKey.objects.get(pk=key.pk).version == 1


@pytest.mark.parametrize(("role", "status"), [(Role.OWNER, 200), (Role.ADMIN, 200), (Role.MEMBER, 403)])
@pytest.mark.parametrize(("method", "action", "body"), ROUTES)
def test_owners_and_admins_may_and_members_may_not(store, role, status, method, action, body):
    person = make_user()
    add_member(account=store.account, user=person, role=role)
    key = make_key("fluxstore", account=store.account, resource=store.store_id).key
    assert call(sign_in(person)[0], method, store, action, body, key.pk).status_code == status


@pytest.mark.parametrize(("method", "action", "body"), ROUTES)
def test_people_of_the_team_need_stores_edit(store, method, action, body):
    key = make_key("fluxstore", account=store.account, resource=store.store_id).key
    others = [name for name in NAMES if name != EDIT]
    statuses = [
        call(sign_in(person)[0], method, store, action, body, key.pk).status_code
        for person in (make_member(store, *others), make_member(make_store(), *NAMES), make_member(store, EDIT))
    ]
    assert statuses == [403, 404, 200]


@pytest.mark.parametrize(("method", "action", "body"), ROUTES)
def test_an_api_key_does_not_manage_keys(store, method, action, body):
    for stranger in (store_client(store), APIClient()):
        response = call(stranger, method, store, action, body, uuid.uuid4())
        assert response.status_code == 401
        assert list(response.json()) == WRAPPER


def test_a_token_does_not_open_the_store(client, store):
    assert client.get("/api/v1/packages").status_code == 401


def test_signing_out_ends_the_token_at_once(owner, store):
    client, session = sign_in(owner)
    assert client.get(path(store)).status_code == 200
    APIClient().delete(f"{AUTH}/session", headers={"X-Session-Token": session})
    assert client.get(path(store)).status_code == 401


def named(name="once"):
    return {"Idempotency-Key": name}


def test_a_repeated_request_makes_one_key_and_does_not_tell_its_secret_again(client, store):
    body = {"name": "CI", "permissions": {"Packages": ["View"]}}
    first, second = [client.post(path(store), body, format="json", headers=named()) for _ in range(2)]
    made = first.json()["data"]
    assert second.json()["data"] == made | {"key": None}
    assert second.headers["Idempotency-Replayed"] == "true"
    assert ApiKey.objects.count() == 1
    assert made["key"].encode() not in bytes(IdempotentAnswer.objects.get().body or b"")
    other = client.post(path(store), body | {"name": "Other"}, format="json", headers=named())
    assert (other.status_code, ApiKey.objects.count()) == (400, 1)


def test_a_repeated_regeneration_leaves_the_new_secret_alone(client, store):
    key = create(client, store).json()["data"]["id"]
    first, second = [client.post(path(store, key, "/regenerate"), headers=named()) for _ in range(2)]
    assert second.json()["data"] == first.json()["data"] | {"key": None}
    secret = first.json()["data"]["key"]
    assert client_for(secret, header="x-api-key").get("/api/v1/packages").status_code == 200


def test_two_people_may_use_the_same_name(client, store):
    other = sign_in(make_member(store, EDIT))[0]
    body = {"name": "CI", "permissions": {"Packages": ["View"]}}
    for person in (client, other):
        assert person.post(path(store), body, format="json", headers=named()).json()["data"]["key"]
    assert ApiKey.objects.count() == 2


def test_a_refused_person_keeps_no_name(client, store):
    body = {"name": "CI", "permissions": {"Packages": ["View"]}}
    looks_only = sign_in(make_member(store))[0]
    assert looks_only.post(path(store), body, format="json", headers=named()).status_code == 403
    assert not IdempotentAnswer.objects.exists()
