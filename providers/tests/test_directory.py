"""What anyone reads: one listing, and the list."""

import pytest
from django.utils import timezone

from providers.models import ProviderType, Source
from providers.services import apply_update
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db

TIERS = [{"tier": "nimbus", "price": 1, "plan_name": "Nimbus"}, {"tier": "stratus", "price": 2, "plan_name": "S"}]


def slugs(answer):
    assert answer.status_code == 200, answer.content
    return [item["slug"] for item in answer.json()["data"]["items"]]


def test_a_listing_is_read_without_a_key(client):
    make_provider(slug="acme", name="Acme")
    answer = client.get("/api/providers/acme")
    assert answer.status_code == 200
    assert answer.json()["status"] == "success"
    data = answer.json()["data"]
    assert set(FULL_BODY) <= set(data)
    assert {"slug", "fluxLabsPartner", "verified", "isDemo", "rating", "reviewCount"} <= set(data)
    assert (data["slug"], data["name"], data["rating"], data["reviewCount"]) == ("acme", "Acme", None, 0)


def test_a_bad_key_does_not_keep_anyone_from_reading(client):
    make_provider(slug="acme")
    assert client.get("/api/providers/acme", HTTP_AUTHORIZATION="Bearer nonsense").status_code == 200


def test_a_closed_listing_is_missing(client):
    make_provider(slug="closed", is_live=False)
    closed, missing = client.get("/api/providers/closed"), client.get("/api/providers/missing")
    assert closed.status_code == missing.status_code == 404
    assert closed.content == missing.content


def test_an_unchanged_listing_is_not_sent_again(client):
    provider = make_provider(slug="acme")
    first = client.get("/api/providers/acme")
    etag = first.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/providers/acme", HTTP_IF_NONE_MATCH='"x"').status_code == 200
    push(owner_of(provider), "acme", {"totalNodes": 5})
    assert client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_sign_of_life_moves_the_etag_because_the_answer_shows_it(client):
    provider = make_provider(slug="acme")
    owner = owner_of(provider)
    first = push(owner, "acme", {"totalNodes": 5}).headers["ETag"]
    assert push(owner, "acme", {"totalNodes": 5}).headers["ETag"] != first


def test_scripts_of_any_site_may_read_and_none_may_write(client):
    make_provider(slug="acme")
    for path in ("/api/providers", "/api/providers/acme", "/api/providers/missing"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    preflight = client.options("/api/providers/acme")
    assert preflight.status_code == 200
    assert "PATCH" not in preflight.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.patch("/api/providers/acme").headers


def test_head_answers_like_get_without_a_body(client):
    make_provider(slug="acme")
    answer = client.head("/api/providers/acme")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "ETag" in answer.headers


def test_the_list_is_ordered_by_slug_and_leaves_out_closed_and_demo_listings(client):
    for slug in ("cc", "aa", "bb"):
        make_provider(slug=slug)
    make_provider(slug="closed", is_live=False)
    make_provider(slug="demo", is_demo=True)
    assert slugs(client.get("/api/providers")) == ["aa", "bb", "cc"]
    assert slugs(client.get("/api/providers?demo=true")) == ["aa", "bb", "cc", "demo"]
    assert client.get("/api/providers?demo=true").json()["data"]["items"][3]["isDemo"] is True


def test_the_list_is_filtered_by_country_and_type(client):
    make_provider(slug="uk", fields={"country": "GB", "type": ProviderType.DEDICATED})
    make_provider(slug="pl", fields={"country": "PL"})
    assert slugs(client.get("/api/providers?country=UK")) == ["uk"]
    assert slugs(client.get("/api/providers?country=Poland&type=managed")) == ["pl"]
    assert slugs(client.get("/api/providers?type=selfSetup")) == []


def test_the_list_is_read_page_by_page(client):
    for number in range(5):
        make_provider(slug=f"p{number}")
    first = client.get("/api/providers?limit=2")
    assert slugs(first) == ["p0", "p1"]
    cursor = first.json()["data"]["nextCursor"]
    second = client.get(f"/api/providers?limit=2&after={cursor}")
    assert slugs(second) == ["p2", "p3"]
    last = client.get(f"/api/providers?limit=2&after={second.json()['data']['nextCursor']}")
    assert slugs(last) == ["p4"]
    assert last.json()["data"]["nextCursor"] is None


def test_a_cursor_of_digits_is_a_slug_too(client):
    make_provider(slug="12")
    make_provider(slug="34")
    assert slugs(client.get("/api/providers?after=12")) == ["34"]


@pytest.mark.parametrize(
    "query",
    [
        *("colour=red", "country=Atlantis", "type=Managed", "type=", "type=managed&type=dedicated", "demo=1"),
        *("limit=0", "limit=101", "limit=x", "limit=5.0", "after=A", "after="),
    ],
)
def test_a_filter_that_is_not_known_or_not_valid_is_refused(client, query):
    answer = client.get(f"/api/providers?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_the_number_of_queries_does_not_grow_with_the_list(client, django_assert_num_queries):
    for number in range(20):
        provider = make_provider(slug=f"p{number:02}")
        apply_update(provider=provider, fields={"tiers": TIERS}, source=Source.STAFF)
        if number == 1:
            with django_assert_num_queries(2):
                assert len(slugs(client.get("/api/providers"))) == 2
    with django_assert_num_queries(2):
        assert len(slugs(client.get("/api/providers"))) == 20


def test_times_are_utc(client):
    provider = make_provider(slug="acme")
    push(owner_of(provider), "acme", {"totalNodes": 5})
    shown = client.get("/api/providers/acme").json()["data"]["lastPushAt"]
    assert shown.endswith("Z")
    assert shown[:10] == timezone.now().strftime("%Y-%m-%d")
