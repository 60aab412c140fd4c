"""The API of pulls: settings, test, refresh, log, pins, by the provider's own key."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apikeys.tests.factories import client_for, make_key
from audit.models import AuditEvent
from egress.client import fetch
from providers import claims, fetching, services
from providers.models import Change, HostTurn, Provider, PullSource, Source, SyncRun
from providers.names import PROTECTED, api_name
from providers.pulling import pull
from providers.tests.factories import make_provider, owner_of, push
from providers.tests.feeds import Answer, make_source

pytestmark = pytest.mark.django_db

URL = "https://feeds.example.com/fluxme.json"
BEARER = {"kind": "bearer", "secret": "canary-0123456789"}


class Api:
    """The calls of one provider's program."""

    def __init__(self, provider, **key):
        self.provider = provider
        self._client = owner_of(provider, **key)
        self._base = f"/api/providers/{provider.slug}"

    def __getattr__(self, method):
        def call(path, body=None, **headers):
            how = {"data": body, "format": "json"} if body is not None else {}
            return getattr(self._client, method)(self._base + path, **how, **headers)

        return call


@pytest.fixture
def api():
    return Api(make_provider())


def errors_of(answer):
    assert answer.status_code == 400, answer.content
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_the_settings_are_shown_without_the_secret(api):
    body = {"url": URL, "auth": BEARER, "intervalMinutes": 30}
    saved = api.put("/pull", body)
    assert saved.status_code == 200
    assert saved.json()["status"] == "success"
    shown = api.get("/pull").json()["data"]
    assert shown == saved.json()["data"]
    assert shown["auth"] == {"kind": "bearer", "name": "", "hasSecret": True}
    assert (shown["url"], shown["format"], shown["intervalMinutes"], shown["paused"]) == (URL, "fluxme", 30, False)
    assert "canary" not in saved.content.decode()


def test_the_secret_is_nowhere_in_the_database_or_the_audit_trail(api):
    api.put("/pull", {"url": URL + "?token=canary-url", "auth": BEARER})
    row = PullSource.objects.filter(provider=api.provider).values().get()
    assert "canary-0" not in str(row)
    assert "canary" not in str(list(AuditEvent.objects.values()))


def test_the_first_pull_is_due_at_once_and_the_default_is_every_15_minutes(api):
    api.put("/pull", {"url": URL})
    source = PullSource.objects.get(provider=api.provider)
    assert source.next_due_at is not None
    assert source.next_due_at <= timezone.now()
    assert source.interval_seconds == 900


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"url": "required"}),
        ({"url": "http://feeds.example.com/"}, {"url": "not_https"}),
        ({"url": "https://10.0.0.1/"}, {"url": "not_https"}),
        ({"url": "https://user:pass@feeds.example.com/"}, {"url": "not_https"}),
        ({"url": "https://localhost/"}, {"url": "not_https"}),
        ({"url": URL + "#part"}, {"url": "fragment"}),
        ({"url": "https://feeds.example.com/" + "a" * 2100}, {"url": "max_length"}),
        ({"url": URL, "intervalMinutes": 4}, {"intervalMinutes": "min_value"}),
        ({"url": URL, "intervalMinutes": 1441}, {"intervalMinutes": "max_value"}),
        ({"url": URL, "intervalMinutes": "15"}, {"intervalMinutes": "not_integer"}),
        ({"url": URL, "format": "xml"}, {"format": "invalid_choice"}),
        ({"url": URL, "format": "mapping"}, {"mapping": "invalid"}),
        ({"url": URL, "mapping": {"totalNodes": "a..b"}}, {"mapping.totalNodes.path": "invalid"}),
        ({"url": URL, "mapping": []}, {"mapping": "not_a_dict"}),
        ({"url": URL, "paused": "yes"}, {"paused": "not_boolean"}),
        ({"url": URL, "interval": 5}, {"interval": "unknown_field"}),
        ({"url": URL, "auth": {}}, {"auth.kind": "required"}),
        ({"url": URL, "auth": {"kind": "bearer"}}, {"auth.secret": "required"}),
        ({"url": URL, "auth": {"kind": "bearer", "secret": ""}}, {"auth.secret": "blank"}),
        ({"url": URL, "auth": {"kind": "bearer", "secret": "a\nb"}}, {"auth.secret": "invalid"}),
        ({"url": URL, "auth": {"kind": "bearer", "secret": "ü"}}, {"auth.secret": "invalid"}),
        ({"url": URL, "auth": {"kind": "bearer", "name": "x", "secret": "y"}}, {"auth.name": "invalid"}),
        ({"url": URL, "auth": {"kind": "basic", "name": "a:b", "secret": "y"}}, {"auth.name": "invalid"}),
        ({"url": URL, "auth": {"kind": "header", "name": "Host", "secret": "y"}}, {"auth.name": "invalid"}),
        (
            {"url": URL, "auth": {"kind": "header", "name": "If-None-Match", "secret": "y"}},
            {"auth.name": "invalid"},
        ),
        (
            {"url": URL, "auth": {"kind": "header", "name": "Accept-Language", "secret": "y"}},
            {"auth.name": "invalid"},
        ),
        ({"url": URL, "auth": {"kind": "header", "name": "a b", "secret": "y"}}, {"auth.name": "invalid"}),
        ({"url": URL, "auth": {"kind": "none", "secret": "y"}}, {"auth": "invalid"}),
        ({"url": URL, "auth": {"kind": "oauth"}}, {"auth.kind": "invalid_choice"}),
    ],
)
def test_settings_that_cannot_work_are_refused_with_their_names(api, body, faults):
    answer = api.put("/pull", body)
    assert {k: v for k, v in errors_of(answer).items() if k in faults} == faults
    assert not PullSource.objects.exists()


def test_all_faults_of_the_settings_come_at_once(api):
    body = {"url": URL, "mapping": {"verified": "a", "totalNodes": "("}, "auth": {"kind": "basic"}}
    assert set(errors_of(api.put("/pull", body))) == {
        "mapping.verified",
        "mapping.totalNodes.path",
        "auth.name",
        "auth.secret",
    }


@pytest.mark.parametrize("name", [api_name(attribute) for attribute in PROTECTED])
def test_a_mapping_has_no_rule_for_a_protected_field(api, name):
    answer = api.put("/pull", {"url": URL, "format": "mapping", "mapping": {name: "a", "totalNodes": "b"}})
    assert errors_of(answer) == {f"mapping.{name}": "invalid"}


def test_a_mapping_comes_back_as_it_was_sent(api):
    rules = {"totalNodes": "a", "sla": {"path": "b", "scale": 0.01, "round": 2, "map": {"x": 1}, "default": None}}
    api.put("/pull", {"url": URL, "format": "mapping", "mapping": rules})
    assert api.get("/pull").json()["data"]["mapping"] == rules


def test_a_put_replaces_everything_and_a_patch_only_what_it_names(api):
    rules = {"totalNodes": "a"}
    api.put("/pull", {"url": URL, "format": "mapping", "mapping": rules, "intervalMinutes": 60, "auth": BEARER})
    patched = api.patch("/pull", {"intervalMinutes": 30}).json()["data"]
    assert (patched["format"], patched["mapping"], patched["intervalMinutes"]) == ("mapping", rules, 30)
    assert patched["auth"]["hasSecret"]
    put = api.put("/pull", {"url": URL}).json()["data"]
    assert (put["format"], put["mapping"], put["intervalMinutes"]) == ("fluxme", {}, 15)
    assert put["auth"] == {"kind": "none", "name": "", "hasSecret": False}
    assert PullSource.objects.get().auth_secret == ""


def test_the_secret_stays_while_it_goes_to_the_same_server(api):
    api.put("/pull", {"url": URL, "auth": BEARER})
    sealed = PullSource.objects.get().auth_secret
    again = {"url": "https://feeds.example.com/v2.json", "auth": {"kind": "bearer"}}
    assert api.put("/pull", again).status_code == 200
    assert PullSource.objects.get().auth_secret == sealed


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://evil.example.com/fluxme.json"},
        {"url": "https://feeds.example.com:8443/fluxme.json"},
        {"auth": {"kind": "header", "name": "X-Key"}},
    ],
)
def test_the_secret_is_asked_for_again_before_it_goes_elsewhere(api, change):
    api.put("/pull", {"url": URL, "auth": BEARER})
    assert errors_of(api.patch("/pull", change)) == {"auth.secret": "required"}
    assert errors_of(api.post("/pull/test", change)) == {"auth.secret": "required"}


def test_saving_the_same_again_writes_nothing(api):
    api.put("/pull", {"url": URL})
    PullSource.objects.update(next_due_at=timezone.now() + timedelta(minutes=9), failures=2)
    before, events = PullSource.objects.values().get(), AuditEvent.objects.count()
    assert api.put("/pull", {"url": URL}).status_code == 200
    assert PullSource.objects.values().get() == before
    assert AuditEvent.objects.count() == events


def test_a_pause_is_set_and_ended_by_hand(api):
    api.put("/pull", {"url": URL})
    paused = api.patch("/pull", {"paused": True}).json()["data"]
    assert (paused["pausedReason"], paused["nextDueAt"]) == ("owner", None)
    assert claims.claim(1) == []
    PullSource.objects.update(paused_reason="refused", failures=4)
    resumed = api.patch("/pull", {"paused": False}).json()["data"]
    assert (resumed["pausedReason"], resumed["failures"]) == ("", 0)
    assert resumed["nextDueAt"] is not None


def test_another_change_of_a_paused_pull_does_not_resume_it(api):
    api.put("/pull", {"url": URL, "paused": True})
    assert api.patch("/pull", {"intervalMinutes": 30}).json()["data"]["paused"] is True


def test_removed_settings_are_gone_with_their_secret_and_the_log_stays(api):
    api.put("/pull", {"url": URL, "auth": BEARER})
    SyncRun.objects.create(
        provider=api.provider, trigger="schedule", started_at=timezone.now(), elapsed_ms=1, status="failed"
    )
    assert api.delete("/pull").status_code == 204
    for answer in (api.get("/pull"), api.delete("/pull"), api.patch("/pull", {}), api.post("/refresh")):
        assert answer.status_code == 404
        assert "not set up" in answer.json()["message"]
    assert api.post("/pull/test").status_code == 404
    assert SyncRun.objects.count() == 1


PATHS = [("get", "/pull"), ("put", "/pull"), ("patch", "/pull"), ("delete", "/pull"), ("post", "/pull/test")]
PATHS += [("post", "/refresh"), ("get", "/sync-runs"), ("delete", "/pins/totalNodes")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_providers_key_is_refused_and_no_key_too(api, method, path):
    make_source(api.provider, URL)
    other, nobody = owner_of(make_provider()), client_for("x" * 40)
    address = f"/api/providers/{api.provider.slug}{path}"
    assert getattr(other, method)(address).status_code == 403
    assert getattr(nobody, method)(address).status_code == 401
    assert getattr(other, method)(f"/api/providers/nobody{path}").status_code == 404
    assert PullSource.objects.count() == 1


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_reading_needs_view_and_the_rest_edit(method, path):
    provider = make_provider()
    make_source(provider, URL)
    scopes = {"Listing": ["Edit" if method == "get" else "View"]}
    key = make_key("fluxme", account=provider.account, resource=provider.slug, scopes=scopes)
    answer = getattr(client_for(key.secret), method)(f"/api/providers/{provider.slug}{path}")
    assert answer.status_code == 403


def test_the_difference_of_a_test_is_spelled_like_that_of_a_dry_run(feed, api):
    make_source(api.provider, feed.url())
    body = {"sla": 99.5, "tiers": [{"tier": "nimbus", "price": 17.99}]}
    feed.says(body)
    key = make_key("fluxme", account=api.provider.account, resource=api.provider.slug)
    path = f"/api/providers/{api.provider.slug}?dryRun=true"
    dry = client_for(key.secret).patch(path, body, format="json").json()["difference"]
    assert api.post("/pull/test").json()["data"]["difference"] == dry
    assert dry[0]["new"] == [{"tier": "nimbus", "price": 17.99, "planName": "Nimbus"}]


def test_a_test_shows_what_came_what_it_means_and_what_would_change(feed, api):
    make_source(api.provider, feed.url(), format="mapping", mapping={"totalNodes": "n", "sla": "s"})
    feed.says({"n": 12, "s": "high"})
    before = Provider.objects.values().get()
    answer = api.post("/pull/test")
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert json.loads(data["raw"]) == {"n": 12, "s": "high"}
    assert data["mapped"] == {"totalNodes": 12, "sla": "high"}
    assert data["difference"] == [{"field": "totalNodes", "old": None, "new": 12}]
    assert data["run"]["trigger"] == "test"
    assert [fault["field"] for fault in data["run"]["invalid"]] == ["sla"]
    assert Provider.objects.values().get() == before
    assert not Change.objects.exists()
    assert SyncRun.objects.get().trigger == "test"
    assert not HostTurn.objects.exists()
    assert PullSource.objects.get().last_run_at is None


def test_a_test_tries_settings_that_are_not_saved(feed, api, monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda url, **how: fetch(feed.url(), **how))
    feed.says({"n": 3})
    body = {"url": URL, "format": "mapping", "mapping": {"totalNodes": "n"}, "auth": BEARER}
    data = api.post("/pull/test", body).json()["data"]
    assert data["difference"] == [{"field": "totalNodes", "old": None, "new": 3}]
    assert feed.asked[0]["authorization"] == "Bearer canary-0123456789"
    assert not PullSource.objects.exists()


def test_a_test_that_fails_is_answered_with_the_reason_and_what_came(feed, api):
    make_source(api.provider, feed.url())
    feed.answer = Answer(b"<h1>Not here</h1>", status=404)
    data = api.post("/pull/test").json()["data"]
    assert data["run"]["error"] == {"code": "bad_status", "message": "The server answered 404 instead of 200."}
    assert data["raw"] == "<h1>Not here</h1>"
    assert data["mapped"] == {}


def test_a_test_shows_no_more_than_64_kib_of_the_answer(feed, api):
    make_source(api.provider, feed.url())
    feed.says({"totalNodes": 1, "filling": "x" * 100_000})
    data = api.post("/pull/test").json()["data"]
    assert (len(data["raw"]), data["rawIsCut"]) == (64 * 1024, True)


def test_a_test_shows_what_a_pin_or_the_guard_keeps_out(feed, api):
    services.apply_update(
        services.Proposal(provider=api.provider, fields={"total_nodes": 1000}, source=Source.STAFF)
    )
    push(owner_of(api.provider), api.provider.slug, {"totalClients": 9})
    make_source(api.provider, feed.url())
    feed.says({"totalNodes": 1, "totalClients": 2})
    data = api.post("/pull/test").json()["data"]
    assert data["difference"] == []
    assert data["held"] == [{"field": "totalNodes", "old": 1000, "new": 1}]
    assert data["run"]["skipped"] == [{"field": "totalClients", "reason": "push_priority"}]


def test_a_test_counts_like_any_call(feed):
    api = Api(make_provider(), rate_per_minute=2)
    make_source(api.provider, feed.url())
    assert [api.post("/pull/test").status_code for _ in range(3)] == [200, 200, 429]
    assert len(feed.asked) == 2


def test_a_refresh_is_queued_and_pulled_next(feed, api):
    source = make_source(api.provider, feed.url(), next_due_at=timezone.now() + timedelta(hours=5))
    feed.says({"totalNodes": 1})
    assert claims.claim(1) == []
    first, second = api.post("/refresh"), api.post("/refresh")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["data"] == second.json()["data"]
    (claimed,) = claims.claim(1)
    assert api.post("/refresh").status_code == 409
    pull(claimed)
    assert SyncRun.objects.get().trigger == "refresh"
    answer = api.post("/refresh")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 61
    source.refresh_from_db()
    assert source.refresh_at is None
    PullSource.objects.update(last_run_at=timezone.now() - timedelta(minutes=2))
    assert api.post("/refresh").status_code == 202


def test_a_refresh_of_a_paused_pull_is_refused_with_what_to_do(api):
    api.put("/pull", {"url": URL, "paused": True})
    answer = api.post("/refresh")
    assert answer.status_code == 409
    assert "resume" in answer.json()["message"]


def test_the_log_is_paged_newest_first(api):
    for minute in range(5):
        SyncRun.objects.create(
            provider=api.provider,
            trigger="schedule",
            started_at=timezone.now() + timedelta(minutes=minute),
            elapsed_ms=minute,
            status="unchanged",
        )
    first = api.get("/sync-runs?limit=2").json()["data"]
    assert [run["elapsedMs"] for run in first["items"]] == [4, 3]
    rest = api.get(f"/sync-runs?limit=3&after={first['nextCursor']}").json()["data"]
    assert [run["elapsedMs"] for run in rest["items"]] == [2, 1, 0]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "after=x", "after=0", "page=2", "after=1&after=2"]
)
def test_an_unknown_or_impossible_parameter_of_the_log_is_refused(api, query):
    assert api.get(f"/sync-runs?{query}").status_code == 400


@pytest.mark.parametrize("runs", [2, 20])
def test_the_log_takes_the_same_number_of_queries_however_long_it_is(api, runs, django_assert_num_queries):
    SyncRun.objects.bulk_create(
        SyncRun(
            provider=api.provider, trigger="schedule", started_at=timezone.now(), elapsed_ms=1, status="failed"
        )
        for _ in range(runs)
    )
    api.get("/sync-runs")
    # The key with its account, the listing, the runs.
    with django_assert_num_queries(3):
        assert len(api.get("/sync-runs").json()["data"]["items"]) == runs


def test_a_released_pin_lets_pulls_in_and_an_unknown_field_is_a_404(api):
    push(owner_of(api.provider), api.provider.slug, {"totalNodes": 9})
    answer = api.delete("/pins/totalNodes")
    assert (answer.status_code, answer.json()["data"]) == (200, {"field": "totalNodes", "pinned": False})
    assert not Provider.objects.get().provenance["totalNodes"]["pinned"]
    assert api.delete("/pins/totalNodes").status_code == 200
    for field in ("slug", "total_nodes", "nothing"):
        assert api.delete(f"/pins/{field}").status_code == 404
