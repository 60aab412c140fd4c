"""The trail tells what happened, together with the change or not at all, and never changes."""

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import Client

from api.context import end_request, start_request
from audit.errors import AppendOnly
from audit.models import AuditEvent
from audit.services import record
from audit.tests.factories import make_event, make_user

pytestmark = pytest.mark.django_db


def test_an_event_says_who_did_what_to_which_object():
    user, thing = make_user("a"), make_user("b")
    event = make_event("thing.made", target=thing, account_id=7, user=user, data={"slug": "a"})
    event.refresh_from_db()
    assert event.action == "thing.made"
    assert event.actor == f"user:{user.pk}"
    assert event.target == f"accounts.user:{thing.pk}"
    assert (event.account_id, event.data) == (7, {"slug": "a"})
    assert str(event) == f"{event.at:%Y-%m-%d %H:%M:%S} thing.made accounts.user:{thing.pk}"


def test_a_key_is_the_actor_even_where_its_creator_is_known():
    user = make_user("a")
    assert make_event(user=user, key=user).actor == f"key:{user.pk}"


def test_what_nobody_asked_for_is_the_systems_doing():
    event = make_event(target="broker")
    assert (event.actor, event.target, event.account_id, event.data) == ("system", "broker", None, {})


def test_an_event_knows_its_request_and_the_network_it_came_from():
    start_request("request-7", address="203.0.113.77")
    event = make_event()
    end_request()
    assert (event.request_id, event.network) == ("request-7", "203.0.113.0/24")
    assert (make_event().request_id, make_event().network) == ("", "")


def test_the_events_of_an_account_come_newest_first_and_alone():
    first, _, last = make_event(account_id=7), make_event(account_id=8), make_event(account_id=7)
    assert list(AuditEvent.objects.of_account(7)) == [last, first]


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match=r"audit\.record\('thing\.made'\) was called outside a transaction"):
        record("thing.made")
    assert AuditEvent.objects.count() == 0


class Failure(Exception):
    """The change did not work out."""


def change_and_fail() -> None:
    with transaction.atomic():
        make_user("new")
        record("user.made")
        raise Failure


def test_an_event_disappears_with_the_change_that_failed():
    with pytest.raises(Failure):
        change_and_fail()
    assert not AuditEvent.objects.filter(action="user.made").exists()
    assert not get_user_model().objects.filter(email="new@example.test").exists()


def test_an_event_outlives_what_it_names():
    user = make_user("a")
    event = make_event(user=user, target=user)
    actor = event.actor
    user.delete()
    event.refresh_from_db()
    assert event.actor == actor


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.save(update_fields=["action"]),
        lambda event: event.delete(),
        lambda event: AuditEvent.objects.update(action="nothing.happened"),
        lambda event: AuditEvent.objects.filter(pk=event.pk).delete(),
        lambda event: AuditEvent.objects.bulk_update([event], ["action"]),
        lambda event: AuditEvent.objects.update_or_create(pk=event.pk, defaults={"action": "nothing.happened"}),
        lambda event: AuditEvent.objects.bulk_create(
            [AuditEvent(pk=event.pk, action="nothing.happened")],
            update_conflicts=True,
            update_fields=["action"],
            unique_fields=["id"],
        ),
        lambda event: AuditEvent.objects.bulk_create(
            [AuditEvent(action="nothing.happened")], None, False, True, ["action"], ["id"]
        ),
        lambda event: AuditEvent(pk=event.pk, action="nothing.happened").save(),
    ],
)
def test_the_orm_changes_and_deletes_no_event(change):
    event = make_event("thing.made")
    event.action = "nothing.happened"
    with pytest.raises(AppendOnly):
        change(event)
    assert AuditEvent.objects.get(pk=event.pk).action == "thing.made"


def test_many_events_may_be_added_at_once():
    AuditEvent.objects.bulk_create([AuditEvent(action="a.b", actor="system") for _ in range(3)])
    assert AuditEvent.objects.filter(action="a.b").count() == 3


@pytest.mark.services
@pytest.mark.parametrize("statement", ["UPDATE audit_auditevent SET action = 'x'", "DELETE FROM audit_auditevent"])
def test_postgresql_refuses_changes_by_raw_sql_too(statement):
    event = make_event("thing.made")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.get(pk=event.pk).action == "thing.made"


@pytest.fixture
def staff_client() -> Client:
    """A browser of somebody with every permission."""
    client = Client()
    client.force_login(make_user("staff", is_staff=True, is_superuser=True))
    return client


def test_the_staff_sees_the_trail(staff_client):
    event = make_event("thing.made", target="broker")
    assert b"thing.made" in staff_client.get("/admin/audit/auditevent/").content
    assert b"broker" in staff_client.get(f"/admin/audit/auditevent/{event.pk}/change/").content


@pytest.mark.parametrize("query", ["broker", "request-7", "7", "nobody's", "99999999999999999999999", "%"])
def test_the_staff_searches_the_trail_for_any_text(staff_client, query):
    make_event(target="broker", account_id=7)
    assert staff_client.get("/admin/audit/auditevent/", {"q": query}).status_code == 200


def test_a_search_finds_whole_values_only(staff_client):
    make_event("thing.made", target="broker")
    assert b"thing.made" in staff_client.get("/admin/audit/auditevent/", {"q": "BROKER"}).content
    assert b"thing.made</" not in staff_client.get("/admin/audit/auditevent/", {"q": "brok"}).content


@pytest.mark.parametrize("of", ["target", "action", "actor", "account_id", "request_id"])
def test_a_search_finds_what_happened_by_every_column(staff_client, of):
    start_request("request-7", address="203.0.113.77")
    event = make_event("thing.made", target="shop.thing:7", account_id=12, user=make_user("maker"))
    end_request()
    make_event("thing.lost", target="shop.thing:8", account_id=13)
    page = staff_client.get("/admin/audit/auditevent/", {"q": f"{getattr(event, of)} thing.made"}).content
    assert b"shop.thing:7" in page
    assert b"shop.thing:8" not in page


@pytest.mark.parametrize("page", ["add/", "{pk}/change/", "{pk}/delete/"])
def test_the_staff_changes_nothing_of_the_trail(staff_client, page):
    event = make_event("thing.made")
    url = "/admin/audit/auditevent/" + page.format(pk=event.pk)
    answer = staff_client.post(url, {"action": "nothing.happened", "actor": "system", "post": "yes"})
    assert answer.status_code == 403
    assert list(AuditEvent.objects.filter(pk=event.pk).values_list("action", flat=True)) == ["thing.made"]
    assert not AuditEvent.objects.filter(action="nothing.happened").exists()


def test_the_staff_has_no_action_that_deletes_events(staff_client):
    event = make_event()
    staff_client.post("/admin/audit/auditevent/", {"action": "delete_selected", "_selected_action": event.pk})
    assert AuditEvent.objects.filter(pk=event.pk).exists()
