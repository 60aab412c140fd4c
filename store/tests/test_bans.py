"""Bans over HTTP, and whom they are in effect against."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from store.models import Ban
from store.players import player_key
from store.tests.factories import make_ban, make_store, store_client

pytestmark = pytest.mark.django_db
BANS = "/api/v1/bans"
UUID = "069a79f4-44e9-4726-a5be-fca90e38aaf5"
FIELDS = [
    "id",
    "playerUsername",
    "playerUuid",
    "ipAddress",
    "reason",
    "expiresAt",
    "isActive",
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
    return client.post(BANS, {"reason": "Griefing"} | body, format="json")


def change(client, ban, **body):
    return client.patch(f"{BANS}/{ban.pk}", body, format="json")


def refused(response, *errors):
    assert response.status_code == 400
    assert response.json()["errors"] == list(errors)
    return True


def test_a_ban_has_every_field_and_identities_in_their_normal_form(client):
    data = create(
        client, playerUsername="GrieFer", playerUuid=UUID.replace("-", "").upper(), ipAddress="203.0.113.7/24"
    ).json()["data"]
    assert list(data) == FIELDS
    assert data | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        "id": 0, "playerUsername": "GrieFer", "playerUuid": UUID, "ipAddress": "203.0.113.0/24",
        "reason": "Griefing", "expiresAt": None, "isActive": True, "createdAt": 0, "updatedAt": 0,
    }  # fmt: skip
    assert client.get(f"{BANS}/{data['id']}").json()["data"] == data


@pytest.mark.parametrize("body", [{}, {"playerUsername": None, "playerUuid": None, "ipAddress": None}])
def test_a_ban_names_somebody(client, body):
    assert refused(create(client, **body), "one of playerUsername, playerUuid, ipAddress is needed")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"reason": " "}, "reason: "),
        ({"reason": None}, "reason: "),
        ({"playerUsername": "ab"}, "playerUsername: "),
        ({"playerUsername": "x" * 33}, "playerUsername: "),
        ({"playerUsername": "ΐ" * 32}, "playerUsername: is too long when it is compared"),
        ({"playerUuid": "7"}, "playerUuid: must be a UUID"),
        ({"ipAddress": "localhost"}, "ipAddress: must be an IP address or a network such as 203.0.113.0/24"),
        ({"ipAddress": "0.0.0.0/0"}, "ipAddress: must not be wider than /8"),
        ({"ipAddress": 7}, "ipAddress: must be a string"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt: must be in the future"),
        ({"ip": "203.0.113.7"}, "ip: unknown field"),
    ],
)
def test_a_field_that_is_wrong_is_refused(client, body, error):
    response = create(client, **({"playerUsername": "Griefer"} | body))
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert not Ban.objects.exists()


def test_a_patch_takes_reason_expiry_and_switch_and_nothing_else(client, store):
    ban = make_ban(store)
    before = client.get(f"{BANS}/{ban.pk}").json()["data"]
    wanted = {"reason": "Fraud", "expiresAt": "2099-01-01T00:00:00Z", "isActive": False}
    after = change(client, ban, **wanted).json()["data"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after == before | wanted | {"updatedAt": after["updatedAt"]}
    assert change(client, ban, expiresAt=None).json()["data"]["expiresAt"] is None
    assert change(client, ban).status_code == 200
    assert refused(change(client, ban, playerUsername="Other"), "playerUsername: cannot be changed after creation")
    assert refused(change(client, ban, expiresAt="2020-01-01T00:00:00Z"), "expiresAt: must be in the future")


def test_a_deleted_ban_is_gone(client, store):
    ban = make_ban(store)
    assert client.delete(f"{BANS}/{ban.pk}").json()["data"] is None
    assert {client.get(f"{BANS}/{ban.pk}").status_code, client.delete(f"{BANS}/{ban.pk}").status_code} == {404}


def test_a_ban_is_in_effect_while_it_is_active_and_has_not_expired(store):
    now = timezone.now()
    future = now + timedelta(hours=1)
    for_good, for_an_hour = make_ban(store), make_ban(store, expires_at=future)
    make_ban(store, is_active=False)
    assert set(Ban.objects.of_store(store).in_effect(now)) == {for_good, for_an_hour}
    assert set(Ban.objects.of_store(store).in_effect(future)) == {for_good}


@pytest.mark.parametrize(
    ("fields", "asked", "hit"),
    [
        ({"player_username": "GrieFer"}, ("griefer", None, None), True),
        ({"player_username": "GrieFer"}, ("griefer2", None, None), False),
        (
            {"player_username": "Griefer", "player_uuid": UUID},
            ("renamed", UUID.replace("-", "").upper(), None),
            True,
        ),
        ({"player_uuid": UUID, "player_username": None}, ("x", "no uuid", None), False),
        ({"ip_address": "203.0.113.0/24", "player_username": None}, ("x", None, "203.0.113.9"), True),
        ({"ip_address": "203.0.113.0/24", "player_username": None}, ("x", None, "203.0.114.9"), False),
        ({"ip_address": "203.0.113.7", "player_username": None}, ("x", None, "::ffff:203.0.113.7"), True),
        ({"ip_address": "2001:db8::/32", "player_username": None}, ("x", None, "2001:db8:7::1"), True),
        ({"ip_address": "203.0.113.7", "player_username": None}, ("x", None, "not an address"), False),
        ({"player_username": "Griefer"}, (None, None, None), False),
    ],
)
def test_a_ban_is_against_its_name_its_uuid_and_every_address_in_its_network(store, fields, asked, hit):
    make_ban(store, **fields)
    assert Ban.objects.of_store(store).against(*asked).exists() is hit


def test_a_name_is_banned_in_any_case_of_unicode(store):
    make_ban(store, player_username="STRASSE")
    assert Ban.objects.of_store(store).against(player_key("straße")).exists()


def test_lists_search_and_filter(client, store):
    make_ban(store, player_username="Alex")
    make_ban(store, player_username="Steve", is_active=False, reason="Chargeback")
    make_ban(store, player_username=None, ip_address="203.0.113.7")
    make_ban(make_store(), player_username="Alex")

    def found(**query):
        items = client.get(BANS, query).json()["data"]["items"]
        return [item["playerUsername"] or item["ipAddress"] for item in items]

    assert found() == ["203.0.113.7", "Steve", "Alex"]
    assert found(search="alex") == ["Alex"]
    assert found(search="charge") == ["Steve"]
    assert found(search="203.0") == ["203.0.113.7"]
    assert found(isActive="false") == ["Steve"]


def test_a_page_of_20_takes_as_many_queries_as_a_page_of_2(client, store):
    def queries(rows):
        for _ in range(rows - Ban.objects.count()):
            make_ban(store)
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(BANS).json()["data"]["items"]) == rows
        return len(captured)

    client.get(BANS)
    assert [queries(2), queries(20)] == [4, 4]


def test_every_write_leaves_an_audit_row_with_the_key_and_without_the_person(client, store):
    pk = create(client, ipAddress="203.0.113.7").json()["data"]["id"]
    client.patch(f"{BANS}/{pk}", {"reason": "New"}, format="json")
    client.delete(f"{BANS}/{pk}")
    rows = AuditEvent.objects.filter(target=f"store.ban:{pk}").order_by("pk")
    assert [row.action for row in rows] == ["ban.created", "ban.updated", "ban.deleted"]
    assert all(row.actor.startswith("key:") and row.account_id == store.account_id for row in rows)
    assert "203.0.113.7" not in str([row.data for row in rows])
