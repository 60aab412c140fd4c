"""Pulls in the staff admin."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from egress.client import fetch
from providers import fetching
from providers.models import HeldChange, Provider, PullSource, SyncRun
from providers.tests.factories import make_provider
from providers.tests.feeds import make_source

pytestmark = pytest.mark.django_db
HOME = "/admin/providers/"
URL = "https://feeds.example.com/fluxme.json"
FIELDS = {"url": URL, "format": "fluxme", "intervalMinutes": "15", "authKind": "none"}


@pytest.fixture
def staff():
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    return client


def staff_with(*permissions):
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def editor(source):
    return f"{HOME}pullsource/{source.pk}/change/"


def test_a_pull_is_set_up_and_goes_on_in_the_editor(staff):
    provider = make_provider()
    answer = staff.post(f"{HOME}pullsource/add/", {"provider": provider.pk, "url": URL}, follow=True)
    source = PullSource.objects.get()
    assert (source.url, source.host) == (URL, "feeds.example.com")
    assert answer.redirect_chain[-1][0] == editor(source)
    assert "Expression" in answer.content.decode()


def test_an_address_that_may_not_be_pulled_is_a_message(staff):
    answer = staff.post(
        f"{HOME}pullsource/add/", {"provider": make_provider().pk, "url": "http://10.0.0.1/"}, follow=True
    )
    assert "must be an https URL" in answer.content.decode()
    assert not PullSource.objects.exists()


def test_the_editor_saves_tests_and_adds_rules(feed, staff, monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda url, **how: fetch(feed.url(), **how))
    feed.says({"n": 12})
    source = make_source(make_provider(), URL)
    rows = {"format": "mapping", "rule-0-field": "totalNodes", "rule-0-path": "n"}
    more = staff.post(editor(source), FIELDS | rows | {"do": "add-row"}).content.decode()
    assert more.count('aria-label="Rule ') == 2
    tested = staff.post(editor(source), FIELDS | rows | {"do": "test"}).content.decode()
    assert "1 field would change" in tested
    source.refresh_from_db()
    assert source.mapping == {}
    secret = {"authKind": "bearer", "authSecret": "canary-1"}
    assert staff.post(editor(source), FIELDS | rows | secret | {"do": "save"}).status_code == 302
    source.refresh_from_db()
    assert source.mapping == {"totalNodes": "n"}
    assert "canary" not in staff.get(editor(source)).content.decode()


def test_a_fault_stands_in_the_editor(staff):
    source = make_source(make_provider(), URL)
    answer = staff.post(editor(source), FIELDS | {"intervalMinutes": "1", "do": "save"})
    assert answer.status_code == 400
    assert "greater than or equal to 5" in answer.content.decode()


def test_a_missing_source_leads_back_to_the_list(staff):
    assert staff.get(f"{HOME}pullsource/99/change/").status_code == 302


def test_who_may_only_look_changes_nothing(staff):
    source = make_source(make_provider(), URL)
    client = staff_with("view_pullsource", "view_heldchange")
    page = client.get(editor(source)).content.decode()
    assert 'value="test"' not in page
    for wish in ("save", "test", "add-row"):
        assert client.post(editor(source), FIELDS | {"intervalMinutes": "30", "do": wish}).status_code == 403
    source.refresh_from_db()
    assert source.interval_seconds == 900
    assert not SyncRun.objects.exists()


def test_who_may_not_look_sees_no_editor(staff):
    source = make_source(make_provider(), URL)
    assert staff_with("view_provider").get(editor(source)).status_code == 403


def test_staff_queue_pulls_and_hear_why_one_is_not(staff):
    ready, paused = (
        make_source(make_provider(), URL),
        make_source(make_provider(), URL, paused_reason="gone", next_due_at=None),
    )
    body = {"action": "pull_now", "_selected_action": [ready.pk, paused.pk]}
    page = staff.post(f"{HOME}pullsource/", body, follow=True).content.decode()
    assert "1 queued" in page
    assert "Pulling is paused" in page
    ready.refresh_from_db()
    assert ready.refresh_at is not None


@pytest.mark.parametrize("how", ["one", "several"])
def test_settings_are_deleted_through_the_service(staff, how):
    source = make_source(make_provider(), URL)
    if how == "one":
        staff.post(f"{HOME}pullsource/{source.pk}/delete/", {"post": "yes"})
    else:
        body = {"action": "delete_selected", "_selected_action": [source.pk], "post": "yes"}
        staff.post(f"{HOME}pullsource/", body)
    assert not PullSource.objects.exists()


@pytest.mark.parametrize(
    ("decision", "nodes", "state"), [("accept", 10, "accepted"), ("reject", None, "rejected")]
)
def test_held_changes_are_decided_after_they_were_shown(staff, decision, nodes, state):
    held = HeldChange.objects.create(provider=make_provider(), field="totalNodes", old=1000, new=10)
    body = {"action": decision, "_selected_action": [held.pk]}
    asked = staff.post(f"{HOME}heldchange/", body).content.decode()
    assert "Pulled: 10" in asked
    assert held.mark in asked
    held.refresh_from_db()
    assert held.state == "pending"
    staff.post(f"{HOME}heldchange/", body | {"confirmed": "1", f"seen_{held.pk}": held.mark})
    held.refresh_from_db()
    assert (held.state, Provider.objects.get().total_nodes) == (state, nodes)


def test_a_held_change_that_was_replaced_meanwhile_is_not_decided(staff):
    held = HeldChange.objects.create(provider=make_provider(), field="totalNodes", old=1000, new=10)
    body = {"action": "accept", "_selected_action": [held.pk], "confirmed": "1", f"seen_{held.pk}": "another"}
    page = staff.post(f"{HOME}heldchange/", body, follow=True).content.decode()
    assert "decided or replaced" in page
    held.refresh_from_db()
    assert held.state == "pending"


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize("table", ["pullsource", "syncrun", "heldchange"])
def test_the_lists_take_the_same_number_of_queries(staff, table, rows):
    for number in range(rows):
        provider = make_provider()
        make_source(provider, f"https://f{number}.example.com/")
        HeldChange.objects.create(provider=provider, field="totalNodes", old=1, new=2, decided_by=make_user())
        SyncRun.objects.create(
            provider=provider, trigger="test", started_at=timezone.now(), elapsed_ms=1, status="failed"
        )
    staff.get(f"{HOME}{table}/")
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(f"{HOME}{table}/").status_code == 200
    assert len(queries) <= 10


def test_the_log_is_read_only(staff):
    run = SyncRun.objects.create(
        provider=make_provider(), trigger="test", started_at=timezone.now(), elapsed_ms=1, status="failed"
    )
    assert staff.get(f"{HOME}syncrun/{run.pk}/change/").status_code == 200
    assert staff.post(f"{HOME}syncrun/{run.pk}/delete/", {"post": "yes"}).status_code == 403
