"""What a provider's program meets at `PATCH /api/providers/:slug`."""

import json

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import make_account
from apikeys.services import roll
from apikeys.tests.factories import client_for, make_key
from audit.models import AuditEvent
from providers.models import Change, Provider
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return make_provider(slug="your-slug")


@pytest.fixture
def owner(provider):
    return owner_of(provider)


def codes(answer):
    return {(e["field"], e["code"]) for e in answer.json()["errors"]}


def test_the_full_update_of_the_document_succeeds(owner):
    answer = push(owner, "your-slug", FULL_BODY)
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["status", "message", "data", "changed", "warnings"]
    assert body["status"] == "success"
    assert body["message"] == 'Provider "your-slug" updated successfully'
    assert {name: body["data"][name] for name in FULL_BODY} == FULL_BODY
    assert body["warnings"] == []


def test_the_partial_update_of_the_document_leaves_the_rest(owner):
    push(owner, "your-slug", FULL_BODY)
    tiers = [{"tier": "cumulus", "price": 7.49, "planName": "Cumulus"}]
    body = push(owner, "your-slug", {"tiers": tiers, "totalNodes": 95}).json()
    assert body["changed"] == ["tiers", "totalNodes"]
    expected = FULL_BODY | {"tiers": tiers, "totalNodes": 95}
    assert {name: body["data"][name] for name in FULL_BODY} == expected


def test_a_body_read_with_get_can_be_sent_back(owner, client):
    push(owner, "your-slug", FULL_BODY)
    read = client.get("/api/providers/your-slug").json()["data"]
    answer = push(owner, "your-slug", read)
    assert answer.status_code == 200
    assert answer.json()["changed"] == []
    assert {w["code"] for w in answer.json()["warnings"]} == {"read_only"}
    assert Provider.objects.get().version == 2


def test_null_clears_where_it_may(owner):
    push(owner, "your-slug", FULL_BODY)
    names = ["longDescription", "website", "discord", "country", "comments", "totalNodes", "totalClients", "sla"]
    names += ["uptimePercentage", "responseTimeHours", "pnrEligiblePercent", "arcaneOsPercent", "dataCenters"]
    data = push(owner, "your-slug", dict.fromkeys(names)).json()["data"]
    assert [data[name] for name in names] == [None] * len(names)


@pytest.mark.parametrize("name", sorted(set(FULL_BODY) - {"longDescription", "website", "discord", "country"}))
def test_null_is_refused_where_it_may_not_be(owner, name):
    nullable = {"comments", "totalNodes", "totalClients", "uptimePercentage", "responseTimeHours", "dataCenters"}
    nullable |= {"pnrEligiblePercent", "arcaneOsPercent", "sla"}
    answer = push(owner, "your-slug", {name: None})
    assert answer.status_code == (200 if name in nullable else 400)
    if name not in nullable:
        assert codes(answer) == {(name, "null")}


def test_nothing_is_applied_when_one_field_is_wrong(owner, provider):
    answer = push(owner, "your-slug", {"totalNodes": 5, "sla": 101, "tiers": [{"tier": "x", "price": -1}]})
    assert answer.status_code == 400
    assert codes(answer) == {
        ("sla", "max_value"),
        ("tiers[0].tier", "invalid_choice"),
        ("tiers[0].price", "min_value"),
    }
    provider.refresh_from_db()
    assert (provider.total_nodes, provider.version, provider.last_push_at) == (None, 1, None)


def test_protected_and_unknown_names_are_warned_about(owner):
    body = push(owner, "your-slug", {"totalNodes": 5, "verified": True, "slug": "x", "totalNode": 6}).json()
    assert body["changed"] == ["totalNodes"]
    assert [(w["field"], w["code"]) for w in body["warnings"]] == [
        ("verified", "read_only"),
        ("slug", "read_only"),
        ("totalNode", "unknown_field"),
    ]
    assert "totalNodes" in body["warnings"][2]["message"]
    assert body["data"]["verified"] is False


def test_an_unknown_name_in_a_tier_is_warned_about(owner):
    body = push(owner, "your-slug", {"tiers": [{"tier": "nimbus", "price": 1, "plan_name": "N"}]}).json()
    assert [(w["field"], w["code"]) for w in body["warnings"]] == [("tiers[0].plan_name", "unknown_field")]
    assert body["data"]["tiers"] == [{"tier": "nimbus", "price": 1, "planName": "Nimbus"}]


def test_a_thousand_unknown_names_are_answered_in_a_bounded_list(owner):
    body = push(owner, "your-slug", {f"name{n}": n for n in range(4000)} | {"totalNodes": 5}).json()
    assert len(body["warnings"]) == 50


@pytest.mark.parametrize(
    "prefer", ["handling=strict", 'respond-async, Handling = "strict"', "a=1; handling=strict"]
)
def test_strict_handling_makes_ignored_names_errors(owner, provider, prefer):
    answer = push(owner, "your-slug", {"totalNodes": 5, "verified": True}, HTTP_PREFER=prefer)
    assert answer.status_code == 400
    assert codes(answer) == {("verified", "read_only")}
    provider.refresh_from_db()
    assert provider.total_nodes is None


def test_lenient_handling_is_the_default(owner):
    assert push(owner, "your-slug", {"sla": 5, "x": 1}, HTTP_PREFER="handling=lenient").status_code == 200


@pytest.mark.parametrize("body", [{}, {"slug": "x", "rating": 5}, {"nonsense": 1}])
def test_a_body_without_a_writable_field_is_refused(owner, body):
    answer = push(owner, "your-slug", body)
    assert answer.status_code == 400
    assert {field for field, _ in codes(answer)} == set(body)


@pytest.mark.parametrize("body", [[], [{"totalNodes": 5}], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(owner, body):
    assert (
        owner.generic("PATCH", "/api/providers/your-slug", json.dumps(body), "application/json").status_code == 400
    )


def test_a_missing_or_wrong_key_is_refused_like_any_other(provider):
    other_product = client_for(make_key("fluxly").secret)
    for client in (APIClient(), client_for("x" * 40), other_product):
        answer = push(client, "your-slug", {"totalNodes": 5})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json() == {"status": "error", "message": "Missing or invalid API key.", "errors": []}


def test_a_key_of_another_provider_is_forbidden(provider):
    answer = push(owner_of(make_provider()), "your-slug", {"totalNodes": 5})
    assert answer.status_code == 403
    provider.refresh_from_db()
    assert provider.total_nodes is None


def test_a_key_is_bound_to_one_of_the_accounts_providers(provider):
    sibling = make_provider(account=provider.account)
    assert push(owner_of(sibling), "your-slug", {"totalNodes": 5}).status_code == 403


def test_a_key_that_names_a_slug_of_another_account_opens_nothing(provider):
    stranger = client_for(make_key("fluxme", account=make_account(), resource="your-slug").secret)
    assert push(stranger, "your-slug", {"totalNodes": 5}).status_code == 403


def test_an_unknown_slug_and_a_closed_listing_are_answered_alike(owner):
    make_provider(slug="closed", is_live=False)
    missing = push(owner, "no-such-slug", {"totalNodes": 5})
    closed = push(owner, "closed", {"totalNodes": 5})
    assert missing.status_code == closed.status_code == 404
    assert missing.json() == closed.json() == {"status": "error", "message": "Not found.", "errors": []}


def test_a_provider_prepares_its_listing_before_it_is_live():
    draft = make_provider(is_live=False)
    assert push(owner_of(draft), draft.slug, {"totalNodes": 5}).status_code == 200


def test_the_scope_and_the_body_are_checked_before_the_slug(provider):
    reader = owner_of(provider, scopes={"Listing": ["View"]})
    assert push(reader, "no-such-slug", {"totalNodes": "x"}).status_code == 403
    assert push(owner_of(provider), "no-such-slug", {"totalNodes": "x"}).status_code == 400


def test_a_rolled_key_opens_and_its_predecessor_does_not(provider):
    issued = make_key("fluxme", account=provider.account, resource=provider.slug)
    rolled = roll(key=issued.key)
    assert push(client_for(issued.secret), "your-slug", {"totalNodes": 5}).status_code == 401
    assert push(client_for(rolled.secret), "your-slug", {"totalNodes": 5}).status_code == 200


def test_answers_under_a_key_carry_the_rate_headers(owner):
    for answer in (push(owner, "your-slug", {"sla": 1}), push(owner, "your-slug", {"sla": "1"})):
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(answer.headers)
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_body_may_have_64_kib(owner):
    padding = "x" * (64 * 1024 - len('{"unknown":"","totalNodes":5}'))
    send = lambda text: owner.generic(  # noqa: E731
        "PATCH", "/api/providers/your-slug", text, content_type="application/json"
    )
    assert send(f'{{"unknown":"{padding}","totalNodes":5}}').status_code == 200
    assert send(f'{{"unknown":"{padding}x","totalNodes":5}}').status_code == 413


def test_another_content_type_is_refused(owner):
    assert owner.patch("/api/providers/your-slug", {"totalNodes": 5}, format="multipart").status_code in {400, 415}
    assert owner.generic("PATCH", "/api/providers/your-slug", "a=b", "text/plain").status_code == 415


def test_a_slash_at_the_end_is_another_path(owner):
    answer = owner.patch("/api/providers/your-slug/", {"totalNodes": 5}, format="json")
    assert answer.status_code == 404
    assert answer.json()["status"] == "error"


def test_another_method_is_refused_with_the_allowed_ones(owner, client):
    assert client.delete("/api/providers/your-slug").status_code == 401
    for method in ("POST", "PUT", "DELETE"):
        answer = owner.generic(method, "/api/providers/your-slug", "{}", content_type="application/json")
        assert answer.status_code == 405
        assert {"GET", "PATCH"} <= set(answer.headers["Allow"].split(", "))
        assert answer.headers["X-RateLimit-Limit"]


def test_if_match_lets_only_the_current_version_through(owner, client):
    etag = client.get("/api/providers/your-slug").headers["ETag"]
    answer = push(owner, "your-slug", {"totalNodes": 5}, HTTP_IF_MATCH=etag)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == client.get("/api/providers/your-slug").headers["ETag"] != etag
    stale = push(owner, "your-slug", {"totalNodes": 6}, HTTP_IF_MATCH=etag)
    assert (stale.status_code, stale.json()["status"]) == (412, "error")
    for accepted in (f'"x", {answer.headers["ETag"]}', "*"):
        assert (
            push(owner, "your-slug", {"totalNodes": 5}, "?dryRun=true", HTTP_IF_MATCH=accepted).status_code == 200
        )
    for refused in ("W/" + answer.headers["ETag"], "nonsense", ""):
        assert push(owner, "your-slug", {"totalNodes": 8}, HTTP_IF_MATCH=refused).status_code == 412


def test_a_dry_run_shows_the_difference_and_writes_nothing(owner, client, provider):
    before = client.get("/api/providers/your-slug")
    answer = push(
        owner, "your-slug", {"totalNodes": 5, "country": "UK", "tiers": FULL_BODY["tiers"]}, "?dryRun=true"
    )
    body = answer.json()
    assert answer.status_code == 200
    assert body["dryRun"] is True
    assert body["changed"] == ["country", "tiers", "totalNodes"]
    assert body["difference"][0] == {"field": "country", "old": None, "new": "United Kingdom"}
    assert body["difference"][1]["new"] == FULL_BODY["tiers"]
    assert body["difference"][2] == {"field": "totalNodes", "old": None, "new": 5}
    assert body["data"]["totalNodes"] == 5
    after = client.get("/api/providers/your-slug")
    assert after.content == before.content
    assert answer.headers["ETag"] == after.headers["ETag"] == before.headers["ETag"]
    assert not Change.objects.exists()
    assert not AuditEvent.objects.filter(action="provider.updated").exists()


def test_a_dry_run_refuses_what_a_real_one_would(owner):
    make_provider(name="Taken")
    assert push(owner, "your-slug", {"name": "taken"}, "?dryRun=true").status_code == 409
    assert push(owner, "your-slug", {"sla": 101}, "?dryRun=true").status_code == 400
    assert push(owner, "your-slug", {"sla": 1}, "?dryRun=true", HTTP_IF_MATCH='"x"').status_code == 412


@pytest.mark.parametrize("query", ["?dryrun=true", "?dryRun=1", "?dryRun=", "?dryRun=true&dryRun=false", "?x=1"])
def test_a_mistyped_option_is_refused_rather_than_ignored(owner, provider, query):
    assert push(owner, "your-slug", {"totalNodes": 5}, query).status_code == 400
    provider.refresh_from_db()
    assert provider.total_nodes is None


def test_a_push_without_a_change_is_a_sign_of_life(owner, provider):
    push(owner, "your-slug", {"totalNodes": 5})
    first = Provider.objects.get()
    answer = push(owner, "your-slug", {"totalNodes": 5})
    second = Provider.objects.get()
    assert answer.json()["changed"] == []
    assert first.last_push_at is not None
    assert second.last_push_at is not None
    assert first.last_push_at < second.last_push_at
    assert (first.version, first.updated_at) == (second.version, second.updated_at)
    assert Change.objects.count() == 1


def test_each_changed_field_is_logged_once(owner, provider):
    push(owner, "your-slug", {"totalNodes": 5, "sla": 99.9, "country": "PL"})
    push(owner, "your-slug", {"totalNodes": 6, "sla": 99.9, "tiers": [{"tier": "nimbus", "price": 7.5}]})
    rows = [(c.version, c.source, c.field, c.old, c.new) for c in Change.objects.of(provider).order_by("id")]
    assert rows == [
        (2, "push", "country", None, "Poland"),
        (2, "push", "totalNodes", None, 5),
        (2, "push", "sla", None, "99.9"),
        (3, "push", "tiers", [], [{"tier": "nimbus", "price": "7.5", "planName": "Nimbus"}]),
        (3, "push", "totalNodes", 5, 6),
    ]


def test_a_change_is_audited_with_the_key(owner, provider):
    push(owner, "your-slug", {"totalNodes": 5, "comments": "something private"})
    event = AuditEvent.objects.get(action="provider.updated")
    assert event.actor.startswith("key:")
    assert event.account_id == provider.account_id
    assert event.data == {"source": "push", "version": 2, "changed": ["comments", "totalNodes"]}


def test_a_name_is_unique_among_live_listings_ignoring_case(owner, provider):
    make_provider(name="Größe  Hosting")
    answer = push(owner, "your-slug", {"name": "GRÖSSE HOSTING", "totalNodes": 5})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "name"
    provider.refresh_from_db()
    assert provider.total_nodes is None


@pytest.mark.parametrize("name", ["Acme\u200b", "Ac\u00adme", "\u2060Acme", "Ac\U000e0020me", "ac\ufe0fme"])
def test_a_name_that_looks_like_another_listings_is_taken(owner, name):
    make_provider(name="Acme")
    assert push(owner, "your-slug", {"name": name}).status_code == 409


def test_a_closed_listings_name_is_free(owner):
    make_provider(name="Gone", is_live=False)
    assert push(owner, "your-slug", {"name": "gone"}).status_code == 200


def test_a_listing_may_change_the_case_of_its_own_name(owner):
    push(owner, "your-slug", {"name": "Acme"})
    assert push(owner, "your-slug", {"name": "ACME"}).json()["data"]["name"] == "ACME"


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        ({"pnrEligiblePercent": 99, "arcaneOsPercent": 98}, ["pnr_above_arcane_os"]),
        ({"pnrEligiblePercent": 99, "arcaneOsPercent": 99}, []),
        ({"sla": 99.999, "uptimePercentage": 99.99}, ["sla_above_uptime"]),
        ({"sla": 99.9, "uptimePercentage": None}, []),
        ({"website": "http://example.com"}, ["insecure_website"]),
        ({"website": "HTTP://example.com"}, ["insecure_website"]),
        ({"website": "https://example.com"}, []),
    ],
)
def test_what_looks_odd_is_warned_about_and_applied(owner, body, warned):
    answer = push(owner, "your-slug", body)
    assert answer.status_code == 200
    assert [w["code"] for w in answer.json()["warnings"]] == warned
    assert set(body) >= set(answer.json()["changed"])


def test_a_warning_looks_at_the_listing_as_it_becomes(owner):
    push(owner, "your-slug", {"arcaneOsPercent": 50})
    assert [w["code"] for w in push(owner, "your-slug", {"pnrEligiblePercent": 60}).json()["warnings"]]
    assert not push(owner, "your-slug", {"totalNodes": 5}).json()["warnings"]


def test_the_number_of_queries_does_not_grow_with_the_body(owner, django_assert_max_num_queries):
    tiers = [{"tier": "nimbus", "price": n, "planName": f"Plan {n}"} for n in range(12)]
    push(owner, "your-slug", {"tiers": tiers[:1]})
    counts = []
    for body in ({"name": "Other", "tiers": tiers[:2]}, FULL_BODY | {"tiers": tiers}):
        with django_assert_max_num_queries(16) as queries:
            assert push(owner, "your-slug", body).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("field", "item"), [("languages", "zz"), ("supportChannels", "x"), ("tiers", {"tier": "x", "price": "y"})]
)
def test_a_list_that_is_too_long_is_refused_before_each_item_is_judged(owner, field, item):
    answer = push(owner, "your-slug", {field: [item] * 1_500})
    assert answer.status_code == 400
    assert codes(answer) == {(field, "max_length")}
    assert len(answer.content) < 1_000
