"""How listings changed, as the public sees it."""

from decimal import Decimal

import pytest

from providers.history import PUBLIC_FIELDS
from providers.models import Change, Source
from providers.services import Proposal, apply_update
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db


def read(client, path="history", query=""):
    answer = client.get(f"/api/providers/acme/{path}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


@pytest.fixture
def provider():
    provider = make_provider(slug="acme")
    push(owner_of(provider), "acme", FULL_BODY)
    apply_update(
        Proposal(provider=provider, fields={"sla": Decimal("99.95"), "comments": "x"}, source=Source.STAFF)
    )
    return provider


def test_figures_prices_and_services_have_a_history_with_numbers_as_numbers(client, provider):
    items = read(client, query="limit=100")["items"]
    newest = items[0]
    assert newest.pop("at").endswith("Z")
    assert newest == {"version": 3, "source": "staff", "field": "sla", "old": 99.9, "new": 99.95}
    changed = {item["field"]: item["new"] for item in items[1:]}
    assert changed.keys() <= set(PUBLIC_FIELDS)
    assert {item["version"] for item in items[1:]} == {2}
    for name in ("name", "tiers", "totalNodes", "uptimePercentage", "languages", "acceptsFlux", "country"):
        assert changed[name] == FULL_BODY[name]


def test_the_log_of_a_listing_is_read_without_those_of_all_others(provider):
    # In the order of an index that begins with the listing; by number alone, others' changes come first.
    log = Change.objects.of(provider)
    assert log.query.order_by[0] == "-version"
    assert [change.version for change in log] == sorted((change.version for change in log), reverse=True)


def test_texts_and_addresses_have_no_public_history(client, provider):
    shown = {item["field"] for item in read(client, query="limit=100")["items"]}
    assert not shown & {"description", "longDescription", "website", "discord", "comments"}
    assert set(FULL_BODY) - set(PUBLIC_FIELDS) == {
        *("description", "longDescription", "website", "discord", "comments")
    }
    assert client.get("/api/providers/acme/history?field=comments").status_code == 400


def test_one_field_is_read_alone(client, provider):
    items = read(client, query="field=sla")["items"]
    assert [(item["old"], item["new"]) for item in items] == [(99.9, 99.95), (None, 99.9)]


def test_the_history_is_read_page_by_page(client, provider):
    whole = read(client, query="limit=100")
    assert whole["nextCursor"] is None
    found, cursor = [], ""
    while cursor is not None:
        page = read(client, query="limit=2" + (f"&after={cursor}" if cursor else ""))
        assert 1 <= len(page["items"]) <= 2
        found += page["items"]
        cursor = page["nextCursor"]
    assert found == whole["items"]
    assert len(found) > 10


def test_a_cursor_of_another_history_is_refused(client, provider):
    make_provider(slug="other")
    cursor = read(client, query="limit=1")["nextCursor"]
    for path in ("acme/price-history?", "other/history?", "acme/history?field=sla&"):
        answer = client.get(f"/api/providers/{path}after={cursor}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "foreign_cursor"


def test_every_price_list_is_kept_with_its_time(client, provider):
    apply_update(Proposal(provider=provider, fields={"tiers": []}, source=Source.PULL, guarded=False))
    apply_update(
        Proposal(
            provider=provider,
            fields={"tiers": [{"tier": "nimbus", "price": Decimal("5.50"), "plan_name": "N"}]},
            source=Source.STAFF,
        )
    )
    items = read(client, "price-history", "limit=2")["items"]
    assert [(item["version"], item["source"], item["tiers"]) for item in items] == [
        (4, "staff", [{"tier": "nimbus", "price": 5.5, "planName": "N"}]),
        (2, "push", FULL_BODY["tiers"]),
    ]


@pytest.mark.parametrize("path", ["history", "price-history"])
def test_the_history_of_what_the_public_cannot_see_is_missing(client, path):
    make_provider(slug="closed", is_live=False)
    for slug in ("closed", "missing"):
        answer = client.get(f"/api/providers/{slug}/{path}")
        assert (answer.status_code, answer.json()["status"]) == (404, "error")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("query", ["field=rating", "field=", "limit=0", "limit=101", "after=x", "colour=red"])
def test_what_a_history_is_not_asked_for_is_refused(client, provider, query):
    answer = client.get(f"/api/providers/acme/history?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("path", ["history", "price-history"])
def test_a_long_history_takes_two_queries_and_an_unchanged_one_is_not_sent_again(
    client, provider, path, django_assert_num_queries
):
    with django_assert_num_queries(2):
        etag = client.get(f"/api/providers/acme/{path}").headers["ETag"]
    assert client.get(f"/api/providers/acme/{path}", HTTP_IF_NONE_MATCH=etag).status_code == 304
