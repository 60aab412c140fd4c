"""The provider's own pages of pulls: settings with a test, sync log, held changes."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, signed_in
from egress.client import fetch
from providers import claims, fetching, services
from providers.expressions import floated
from providers.models import HeldChange, Provider, PullSource, Source, SyncRun
from providers.pull_forms import rows_of, typed
from providers.pulling import pull
from providers.tests.factories import make_provider
from providers.tests.feeds import make_source

pytestmark = pytest.mark.django_db

URL = "https://feeds.example.com/fluxme.json"
FIELDS = {"url": URL, "format": "fluxme", "intervalMinutes": "15", "authKind": "none"}


@pytest.fixture
def provider():
    return make_provider(account=make_account(), slug="acme")


@pytest.fixture
def browser(provider):
    return signed_in(member_of(provider.account))


def page_of(name=""):
    return f"/dashboard/providers/acme/{name}"


def text_of(answer):
    return unescape(answer.content.decode())


def post(browser, wish="save", **changes):
    return browser.post(page_of("pull/"), FIELDS | changes | {"do": wish})


def rule(number, field, path, **more):
    return {f"rule-{number}-{part}": text for part, text in {"field": field, "path": path, **more}.items()}


@pytest.mark.parametrize("name", ["pull/", "sync-log/"])
def test_an_empty_page_says_what_to_do_and_asks_no_other_host(provider, browser, name):
    answer = browser.get(page_of(name))
    assert answer.status_code == 200
    assert "Pull" in text_of(answer)
    assert outside_addresses(answer.content.decode()) == []


def test_the_address_is_not_called_optional(provider, browser):
    labels = re.findall(r"<label[^>]*>(.*?)</label>", text_of(browser.get(page_of("pull/"))))
    assert "Address" in labels
    assert any(label.startswith("Token, password or value") and "optional" in label for label in labels)


@pytest.mark.parametrize("name", ["pull/", "pull/act/", "pull/remove/", "sync-log/", "held/1/"])
def test_a_foreign_listing_is_a_404(provider, name):
    stranger = signed_in(member_of(make_account()))
    assert {stranger.get(page_of(name)).status_code, stranger.post(page_of(name)).status_code} <= {404, 405}


def test_a_pull_is_set_up_and_shown_again_without_its_secret(provider, browser):
    answer = post(browser, authKind="header", authName="X-Api-Key", authSecret="canary-123")
    assert answer.status_code == 302
    source = PullSource.objects.get(provider=provider)
    assert (source.url, source.auth_kind, source.auth_name, source.interval_seconds) == (
        URL,
        "header",
        "X-Api-Key",
        900,
    )
    page = text_of(browser.get(page_of("pull/")))
    assert "One is stored" in page
    assert 'value="X-Api-Key"' in page
    assert "canary" not in page
    assert "canary" not in source.auth_secret


def test_an_empty_secret_keeps_the_stored_one(provider, browser):
    post(browser, authKind="bearer", authSecret="canary-123")
    sealed = PullSource.objects.get().auth_secret
    assert post(browser, authKind="bearer", intervalMinutes="30").status_code == 302
    assert PullSource.objects.get().auth_secret == sealed
    answer = post(browser, authKind="bearer", url="https://other.example.com/")
    assert answer.status_code == 400
    assert "Must be entered" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://feeds.example.com/"}, "Must be an https URL"),
        ({"url": ""}, "Must not be blank|may not be blank|needed|required"),
        ({"intervalMinutes": "3"}, "greater than or equal to 5"),
        ({"intervalMinutes": "soon"}, "Must be a whole number"),
        ({"authKind": "basic"}, "Must be a user name"),
        ({"format": "mapping"}, "at least one"),
        (rule(0, "totalNodes", "a..b"), "Path: is not a JMESPath expression (at character 3)"),
        (rule(0, "totalNodes", "a", scale="x"), "Scale: must be a number"),
        (rule(0, "totalNodes", "a", map="just text"), "from = to"),
        (rule(0, "tiers[].price", "a", round="9"), "Round: must be a whole number"),
        (rule(0, "tiers[].price", "a"), "Is needed by the rules"),
        (rule(0, "totalNodes", "a") | rule(1, "totalNodes", "b"), "more than one rule"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(provider, browser, changes, sentence):
    answer = post(browser, **changes)
    assert answer.status_code == 400
    assert re.search(sentence if "|" in sentence else re.escape(sentence), text_of(answer))
    assert not PullSource.objects.exists()


def test_the_cursor_goes_to_the_first_fault_a_field_before_a_rule(provider, browser):
    rows = rule(0, "sla", "a") | rule(1, "totalNodes", "a..b") | rule(2, "totalClients", "a..b")
    for changes, place in ((rows, "id_rule-1-path"), (rows | {"intervalMinutes": "soon"}, "id_intervalMinutes")):
        focused = re.findall(r"<[^>]* autofocus[^>]*>", text_of(post(browser, **changes)))
        assert [re.findall(r' id="([^"]+)"', tag) for tag in focused] == [[place]]


def test_a_mapping_is_written_row_by_row_and_drawn_again_as_it_was(provider, browser):
    rows = (
        rule(0, "totalNodes", "stats.nodes")
        | rule(1, "type", "kind", map="hosted = managed\nown=selfSetup", default="dedicated")
        | rule(2, "sla", "sla", scale="100", round="2", default="null")
        | rule(3, "languages", "", default="")
    )
    assert post(browser, format="mapping", **rows).status_code == 302
    rules = {
        "totalNodes": "stats.nodes",
        "type": {"path": "kind", "map": {"hosted": "managed", "own": "selfSetup"}, "default": "dedicated"},
        "sla": {"path": "sla", "scale": 100, "round": 2, "default": None},
    }
    assert PullSource.objects.get().mapping == rules
    drawn = {row.field: row.rule() for row in rows_of(rules)}
    assert drawn == rules
    assert "hosted = managed" in text_of(browser.get(page_of("pull/")))


@pytest.mark.parametrize("value", ["7", "true", '"7"', "x", "a = b", None, 7, 0.5, True, ["en", "pl"], "null"])
def test_a_default_is_typed_as_it_is_spelled(value):
    (row,) = rows_of({"totalNodes": {"path": "a", "default": value}})
    assert typed(row.default) == value


def test_rows_are_added_and_removed_without_losing_what_was_typed(provider, browser):
    rows = rule(0, "totalNodes", "first") | rule(1, "sla", "second")
    page = text_of(post(browser, "add-row", url="half an addr", **rows))
    assert page.count('aria-label="Rule ') == 3
    assert "half an addr" in page
    page = text_of(post(browser, "remove-row-0", **rows))
    assert "first" not in page
    assert 'name="rule-0-path"' in page
    assert "second" in page
    assert not PullSource.objects.exists()


def test_a_test_shows_raw_mapped_and_difference_and_saves_nothing(feed, provider, browser, monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda url, **how: fetch(feed.url(), **how))
    feed.says({"stats": {"nodes": 12, "note": "<script>"}, "sla": "high"})
    rows = rule(0, "totalNodes", "stats.nodes") | rule(1, "sla", "sla")
    page = text_of(post(browser, "test", format="mapping", authKind="bearer", authSecret="canary-9", **rows))
    assert "1 field would change" in page
    assert re.search(r"Nodes</th>.*none.*12", page)
    assert "sla</code>: must be a number" in page
    assert "canary" not in page
    assert feed.asked[0]["authorization"] == "Bearer canary-9"
    assert not PullSource.objects.exists()
    assert Provider.objects.get().version == 1
    assert SyncRun.objects.get().trigger == "test"
    logged = text_of(browser.get(page_of("sync-log/")))
    assert "Changes found" in logged
    assert "Would change: totalNodes" in logged
    assert "pplied" not in logged


def test_what_a_server_sent_is_never_markup(feed, provider, browser, monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda url, **how: fetch(feed.url(), **how))
    feed.says(b"<script>alert(1)</script>")
    answer = post(browser, "test")
    assert "failed" in text_of(answer)
    assert b"<script>alert" not in answer.content


def test_a_paused_pull_says_why_and_is_resumed(provider, browser):
    make_source(provider, URL, paused_reason="refused", next_due_at=None)
    assert "refuses us (401 or 403)" in text_of(browser.get(page_of("pull/")))
    browser.post(page_of("pull/act/"), {"act": "refresh"})
    assert "Correct the settings" in text_of(browser.get(page_of("pull/")))
    browser.post(page_of("pull/act/"), {"act": "resume"})
    source = PullSource.objects.get()
    assert (source.paused_reason, source.next_due_at is None) == ("", False)


def test_pull_now_queues_a_refresh(provider, browser):
    make_source(provider, URL, next_due_at=timezone.now() + timedelta(hours=3))
    page = text_of(browser.post(page_of("pull/act/"), {"act": "refresh"}, follow=True))
    assert "A pull is queued" in page
    assert PullSource.objects.get().refresh_at is not None


def test_settings_are_removed_after_asking(provider, browser):
    assert browser.get(page_of("pull/remove/")).status_code == 404
    make_source(provider, URL)
    assert "Pull no more?" in text_of(browser.get(page_of("pull/remove/")))
    assert browser.post(page_of("pull/remove/")).status_code == 302
    assert not PullSource.objects.exists()


def test_the_log_tells_what_became_of_each_field_and_is_paged(provider, browser, monkeypatch):
    monkeypatch.setattr("providers.pull_pages.RUNS_A_PAGE", 2)
    for number in range(3):
        SyncRun.objects.create(
            provider=provider,
            trigger="schedule",
            started_at=timezone.now(),
            elapsed_ms=number,
            status="applied",
            http_status=200,
            received_bytes=1234,
            applied=[f"field{number}"],
            skipped=["sla"],
            invalid=[{"field": "tiers[0].price", "code": "max_value", "message": "must be at most 100000"}],
        )
    page = text_of(browser.get(page_of("sync-log/")))
    assert "Applied: field2" in page
    assert "field0" not in page
    assert "tiers[0].price</code>: must be at most 100000" in page
    older = re.search(r'href="(\?after=\d+)"', page)
    assert older is not None
    assert "Applied: field0" in text_of(browser.get(page_of("sync-log/") + older[1]))
    assert browser.get(page_of("sync-log/?after=nonsense")).status_code == 200


@pytest.mark.parametrize("runs", [2, 20])
def test_the_log_takes_the_same_number_of_queries(provider, browser, runs, django_assert_max_num_queries):
    SyncRun.objects.bulk_create(
        SyncRun(provider=provider, trigger="schedule", started_at=timezone.now(), elapsed_ms=1, status="failed")
        for _ in range(runs)
    )
    browser.get(page_of("sync-log/"))
    with django_assert_max_num_queries(16):
        browser.get(page_of("sync-log/"))


def held_by(feed, provider, new):
    """Let a pull bring a broken figure, and return what the guard made of it."""
    PullSource.objects.filter(provider=provider).update(next_due_at=timezone.now())
    feed.says(new)
    (claimed,) = claims.claim(1)
    pull(claimed)
    return HeldChange.objects.of(provider).pending().first()


@pytest.fixture
def held(feed, provider):
    tier = {"tier": "cumulus", "price": Decimal("7.50"), "plan_name": "Small"}
    fields = {"total_nodes": 1000, "tiers": [tier]}
    services.apply_update(services.Proposal(provider=provider, fields=fields, source=Source.STAFF))
    make_source(provider, feed.url())
    return held_by(feed, provider, {"totalNodes": 10})


def decide(browser, held, decision, seen=None):
    return browser.post(
        page_of(f"held/{held.pk}/"), {"decision": decision, "seen": seen or held.mark}, follow=True
    )


def test_a_held_change_is_shown_and_accepted(provider, browser, held):
    page = text_of(browser.get(page_of("sync-log/")))
    assert "Waiting for your decision" in page
    assert "Changed: Nodes." in text_of(decide(browser, held, "accept"))
    assert Provider.objects.get().total_nodes == 10
    held.refresh_from_db()
    assert (held.state, held.decided_by is not None) == ("accepted", True)
    assert "decided or replaced" in text_of(decide(browser, held, "reject"))


def test_an_accepted_change_is_no_sign_of_life(provider, browser, held):
    pulled_at = Provider.objects.get().last_pull_at
    browser.post(page_of(f"held/{held.pk}/"), {"decision": "accept", "seen": held.mark})
    after = Provider.objects.get()
    assert (after.total_nodes, after.last_pull_at) == (held.new, pulled_at)


def test_held_prices_are_accepted_as_they_were_pulled(feed, provider, browser, held):
    body = {"tiers": [{"tier": "cumulus", "price": 99.95, "planName": "Small"}, {"tier": "nimbus", "price": 3}]}
    held_by(feed, provider, body)
    prices = HeldChange.objects.of(provider).pending().get(field="tiers")
    decide(browser, prices, "accept")
    tiers = [(t.tier, t.price, t.plan_name) for t in Provider.objects.get().tiers.all()]
    assert tiers == [("cumulus", Decimal("99.95"), "Small"), ("nimbus", Decimal(3), "Nimbus")]


def test_a_rejected_value_is_not_asked_about_again_but_another_one_is(feed, provider, browser, held):
    assert "Not taken over: Nodes." in text_of(decide(browser, held, "reject"))
    assert held_by(feed, provider, {"totalNodes": 10}) is None
    again = held_by(feed, provider, {"totalNodes": 11})
    assert (again.new, Provider.objects.get().total_nodes) == (11, 1000)


def test_a_value_that_changed_while_it_was_looked_at_is_not_accepted(feed, provider, browser, held):
    seen = held.mark
    held = held_by(feed, provider, {"totalNodes": 11})
    assert "decided or replaced" in text_of(decide(browser, held, "accept", seen))
    assert Provider.objects.get().total_nodes == 1000


def test_a_feed_that_recovers_takes_the_question_back(feed, provider, browser, held):
    assert held_by(feed, provider, {"totalNodes": 990}) is None
    held.refresh_from_db()
    assert held.state == "superseded"
    assert Provider.objects.get().total_nodes == 990


def test_a_push_that_came_since_wins_over_an_accepted_change(provider, browser, held):
    services.apply_update(services.Proposal(provider=provider, fields={"total_nodes": 950}, source=Source.PUSH))
    assert "Pushed since, so left alone: Nodes." in text_of(decide(browser, held, "accept"))
    assert Provider.objects.get().total_nodes == 950


def test_the_json_of_a_mapping_survives_the_form():
    rules = json.loads(b'{"totalNodes": {"path": "a", "scale": 0.01, "map": {"x=y": "1", "z": 1.5, "t": "true"}}}')
    drawn = {row.field: row.rule() for row in rows_of(rules)}
    assert floated(drawn) == rules


def test_a_busy_host_is_said_on_the_page_and_nothing_is_lost(feed, provider, browser, monkeypatch):
    monkeypatch.setattr("providers.trials._WAIT_SECONDS", 0.1)
    make_source(make_provider(), URL)
    assert len(claims.claim(1)) == 1
    answer = post(browser, "test", **rule(0, "totalNodes", "kept"))
    assert answer.status_code == 409
    assert "being asked by another pull" in text_of(answer)
    assert "kept" in text_of(answer)


def test_a_decision_that_is_none_is_a_404(provider, browser, held):
    assert browser.post(page_of(f"held/{held.pk}/"), {"decision": "", "seen": held.mark}).status_code == 404
    assert browser.post(page_of("held/999/"), {"decision": "accept"}).status_code == 404
    held.refresh_from_db()
    assert held.state == "pending"
