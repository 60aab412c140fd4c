"""Every route and method of the API with every key that could come: nobody gets in by a door that was forgotten.

The table is in `doors.py`; a route of `store/urls.py` that is not in it fails here.
"""

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.models import Role
from accounts.services import add_member
from accounts.tests.factories import make_account, make_user
from apikeys import tokens
from apikeys.models import ApiKey
from apikeys.scopes import MATRIX, full_scopes
from apikeys.tests.factories import client_for, make_key
from plans.services import set_plan
from store.tests.doors import DOORS, METHODS
from store.tests.factories import make_store, store_client
from store.urls import urlpatterns

# Others measure the code that these go over again.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
SCOPES = [(area, verb) for area, verbs in MATRIX["fluxstore"].items() for verb in verbs]
ROUTES = sorted({door.route for door in DOORS})
KEYS = "api/stores/<str:store_id>/api-keys"
# The routes of people who signed in, with what they do when they open.
PEOPLE = {
    ("get", KEYS): None,
    ("post", KEYS): {"name": "CI", "permissions": {"Packages": ["View"]}},
    ("delete", KEYS + "/<uuid:pk>"): None,
    ("post", KEYS + "/<uuid:pk>/regenerate"): None,
}
every_door = pytest.mark.parametrize("door", DOORS, ids=str)
every_people_door = pytest.mark.parametrize("door", PEOPLE, ids=" ".join)


@pytest.fixture
def store():
    return make_store()


def send(client, method, path, body):
    return (
        getattr(client, method)(path, body, format="json") if body is not None else getattr(client, method)(path)
    )


def knock(client, door, store, pk=None):
    """Send what the door takes, about a row of its own unless an id is given."""
    pk = pk or (door.row(store).pk if door.row else None)
    return send(client, door.method, door.path(pk), door.body(store) if door.body else None)


def refused(response, status):
    """Check the status and the wrapper, and return the sentence."""
    body = response.json()
    assert response.status_code == status, response.content
    assert list(body) == ["success", "data", "message", "errors"]
    assert (body["success"], body["data"]) == (False, None)
    assert body["message"] or body["errors"]
    return body["message"]


def clients_of_one_permission(store):
    """Return a client for each permission; their keys are stored in one step, for there are many."""
    whole = make_key("fluxstore", account=store.account, resource=store.store_id).key
    same = {name: getattr(whole, name) for name in ("account", "product", "resource", "name", "rate_per_minute")}
    minted = {scope: tokens.mint("fluxstore", store.store_id) for scope in SCOPES}
    ApiKey.objects.bulk_create(
        ApiKey(**same, prefix=token.prefix, hint=token.hint, digest=token.digest, scopes={area: [verb]})
        for (area, verb), token in minted.items()
    )
    return {scope: client_for(token.text, header="x-api-key") for scope, token in minted.items()}


def served():
    """Return every method and route that `store/urls.py` serves."""
    views: list[tuple[str, Any]] = [(str(one.pattern), one.callback) for one in urlpatterns]
    return {(method, route) for route, view in views for method in METHODS if hasattr(view.view_class, method)}


def test_every_route_of_the_store_is_in_the_table():
    known = {(door.method, door.route) for door in DOORS} | PEOPLE.keys()
    assert served() == known
    assert len(DOORS) + len(PEOPLE) == len(known)


@every_door
def test_without_a_key_nothing_opens(store, door):
    refused(knock(APIClient(), door, store), 401)
    refused(knock(APIClient(headers={"x-api-key": f"flx_{store.store_id}_{'x' * 32}"}), door, store), 401)


@every_door
def test_one_permission_opens_a_door_and_no_other_does(store, door):
    path, body = door.path(door.row(store).pk if door.row else None), door.body(store) if door.body else None
    clients = clients_of_one_permission(store)
    for client in (client for needed, client in clients.items() if needed != door.needs):
        answer = send(client, door.method, path, body)
        assert refused(answer, 403) == f"This API key lacks the permission {':'.join(door.needs)}."
    answer = send(clients[door.needs], door.method, path, body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["success"] is True


@every_door
def test_all_other_permissions_together_do_not_open_a_door(store, door):
    area, verb = door.needs
    scopes = full_scopes("fluxstore")
    scopes[area].remove(verb)
    refused(knock(store_client(store, scopes={a: v for a, v in scopes.items() if v}), door, store), 403)


@every_door
def test_when_pro_lapsed_every_door_is_shut_and_opens_again_after_renewal(store, door):
    client = store_client(store)
    pk = door.row(store).pk if door.row else None
    set_plan(account=store.account, product="fluxstore", plan="free")
    refused(knock(client, door, store, pk), 403)
    set_plan(account=store.account, product="fluxstore", plan="pro")
    assert knock(client, door, store, pk).status_code == 200


@pytest.mark.parametrize("door", [door for door in DOORS if door.takes], ids=str)
def test_what_a_door_does_not_know_is_a_400(store, door):
    client, pk = store_client(store), door.row(store).pk if door.row else None
    if door.method == "get":
        answer = client.get(door.path(pk) + "?nothing=1")
    else:
        answer = send(client, door.method, door.path(pk), {"nothing": 1})
    refused(answer, 400)
    assert any("nothing" in error for error in answer.json()["errors"])


@pytest.mark.parametrize("door", [door for door in DOORS if door.row], ids=str)
def test_another_stores_row_is_answered_like_a_missing_one(store, door):
    client, foreign = store_client(store), door.row(make_store())
    theirs, missing = (knock(client, door, store, pk) for pk in (foreign.pk, uuid.uuid4()))
    refused(theirs, 404)
    assert theirs.content == missing.content


@pytest.mark.parametrize("route", ROUTES)
def test_a_method_that_is_not_there_is_a_405(store, route):
    doors = {door.method: door for door in DOORS if door.route == route}
    client, path = store_client(store), next(iter(doors.values())).path(uuid.uuid4())
    for method in set(METHODS) - set(doors):
        answer = send(client, method, path, {})
        refused(answer, 405)
        assert set(answer.headers["Allow"].lower().split(", ")) - {"head", "options"} == set(doors)


@pytest.fixture
def own(store):
    set_plan(account=store.account, product="fluxstore", plan="pro")
    cache.clear()
    return store


def member(store, role):
    """Return a client signed in as a new member of the store's account; without a role, as a stranger."""
    user = make_user()
    if role:
        add_member(account=store.account, user=user, role=role)
    else:
        make_account(owner=user)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    login = {"email": user.email, "password": "correct horse"}
    meta = APIClient().post("/_allauth/app/v1/auth/login", login, format="json").json()["meta"]
    return APIClient(headers={"authorization": f"Bearer {meta['access_token']}"})


def enter(client, door, store, pk=None):
    method, route = door
    if pk is None:
        pk = make_key("fluxstore", account=store.account, resource=store.store_id).key.pk
    path = "/" + route.replace("<str:store_id>", store.store_id).replace("<uuid:pk>", str(pk))
    return send(client, method, path, PEOPLE[door])


@every_people_door
def test_key_management_opens_for_those_who_manage_the_store(own, door):
    refused(enter(APIClient(), door, own), 401)
    refused(enter(store_client(own), door, own), 401)
    refused(enter(member(own, None), door, own), 404)
    refused(enter(member(own, Role.MEMBER), door, own), 403)
    assert enter(member(own, Role.ADMIN), door, own).status_code == 200


@every_people_door
def test_key_management_knows_its_own_stores_keys_only(own, door):
    admin, other = member(own, Role.ADMIN), make_store()
    if "pk" not in door[1]:
        refused(enter(admin, door, other), 404)
        return
    foreign = make_key("fluxstore", account=other.account, resource=other.store_id).key.pk
    theirs, missing = (enter(admin, door, own, pk) for pk in (foreign, uuid.uuid4()))
    refused(theirs, 404)
    assert theirs.content == missing.content


@every_people_door
def test_when_pro_lapsed_keys_are_kept_and_none_is_made(own, door):
    admin = member(own, Role.ADMIN)
    pk = make_key("fluxstore", account=own.account, resource=own.store_id).key.pk
    set_plan(account=own.account, product="fluxstore", plan="free")
    answer = enter(admin, door, own, pk)
    if door == ("post", KEYS):
        refused(answer, 403)
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("route", sorted({route for _, route in PEOPLE}))
def test_a_method_that_key_management_lacks_is_a_405(own, route):
    admin = member(own, Role.ADMIN)
    path = "/" + route.replace("<str:store_id>", own.store_id).replace("<uuid:pk>", str(uuid.uuid4()))
    for method in METHODS:
        if (method, route) not in PEOPLE:
            refused(send(admin, method, path, {}), 405)
