"""The Atom feed, read by a feed reader that is not ours."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import feedparser
import pytest
from django.utils.http import http_date, parse_http_date

from providers.atom import MAX_ENTRIES, price_sentence
from providers.models import Source
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db
URL = "/providers/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def tiers(**prices):
    return [
        {"tier": tier, "price": Decimal(price), "plan_name": tier.capitalize()} for tier, price in prices.items()
    ]


def read(client, query=""):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


def reprice(provider, **prices):
    apply_update(Proposal(provider=provider, fields={"tiers": tiers(**prices)}, source=Source.PUSH))


def test_listings_and_prices_are_entries_the_newest_first(client):
    provider = make_provider(slug="acme", name="Acme <&> Söhne", fields={"description": "Cheap & <b>good</b>"})
    reprice(provider, cumulus="7.99")
    reprice(provider, cumulus="7.49", stratus="1000")
    entries = read(client).entries
    assert [entry.title for entry in entries] == [
        "Acme <&> Söhne: new prices",
        "Acme <&> Söhne: new prices",
        "Acme <&> Söhne is listed",
    ]
    assert [entry.summary for entry in entries] == [
        "Cumulus now $7.49 (was $7.99); Stratus at $1,000.00.",
        "Cumulus at $7.99.",
        "Cheap &amp; &lt;b&gt;good&lt;/b&gt;",
    ]
    assert {entry.link for entry in entries} == {"http://127.0.0.1:8000/providers/acme"}
    assert entries[0].id == "tag:127.0.0.1,2026:/providers/acme/prices/4"


def test_it_has_all_that_rfc_4287_asks_for(client):
    provider = make_provider(slug="acme")
    reprice(provider, nimbus="5")
    for query in ("", "country=PL&q=acme"):
        root = ET.fromstring(client.get(f"{URL}?{query}").content)  # noqa: S314 - our own answer
        assert root.tag == f"{ATOM}feed"
        for name in ("id", "title", "updated", "author"):
            assert len(root.findall(f"{ATOM}{name}")) == 1
        own = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
        assert own == [f"http://127.0.0.1:8000{URL}" + (f"?{query}" if query else "")]
        page = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert page == ["http://127.0.0.1:8000/providers" + (f"?{query}" if query else "")]
        for entry in root.findall(f"{ATOM}entry"):
            for name in ("id", "title", "updated", "published", "summary", "link"):
                assert len(entry.findall(f"{ATOM}{name}")) == 1
        ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
        assert len(ids) == len(set(ids))


def test_closed_and_demo_listings_are_left_out_and_filters_hold(client):
    for slug in ("closed", "demo", "pl", "de"):
        country = {"country": slug.upper()} if len(slug) == 2 else None
        provider = make_provider(slug=slug, fields=country, is_live=slug != "closed", is_demo=slug == "demo")
        reprice(provider, nimbus="5")
    assert {entry.link.rpartition("/")[2] for entry in read(client).entries} == {"pl", "de"}
    assert {entry.link.rpartition("/")[2] for entry in read(client, "country=DE").entries} == {"de"}
    assert client.get(f"{URL}?colour=red").status_code == 400


def test_a_reader_that_has_the_feed_is_not_sent_it_again(client):
    provider = make_provider(slug="acme")
    first = client.get(URL)
    assert first.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    earlier = http_date(parse_http_date(modified) - 1)
    for known in ({"HTTP_IF_NONE_MATCH": etag}, {"HTTP_IF_MODIFIED_SINCE": modified}):
        again = client.get(URL, **known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    for unknown in (
        {"HTTP_IF_MODIFIED_SINCE": earlier},
        {"HTTP_IF_NONE_MATCH": '"x"', "HTTP_IF_MODIFIED_SINCE": modified},
        {"HTTP_IF_MODIFIED_SINCE": "yesterday"},
    ):
        assert client.get(URL, **unknown).status_code == 200
    reprice(provider, nimbus="5")
    assert client.get(URL, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_an_empty_feed_is_a_feed_and_stays_the_same(client):
    assert read(client).entries == []
    assert client.get(URL).headers["ETag"] == client.get(URL).headers["ETag"]


def test_it_takes_two_queries_and_ends_after_fifty_entries(client, django_assert_num_queries):
    provider = make_provider(slug="acme")
    for number in range(MAX_ENTRIES + 2):
        reprice(provider, nimbus=str(number + 1))
        if number == 1:
            with django_assert_num_queries(2):
                assert len(read(client).entries) == 3
    with django_assert_num_queries(2):
        assert len(read(client).entries) == MAX_ENTRIES


def test_a_sentence_says_which_prices_came_moved_and_went():
    old = [
        {"tier": "cumulus", "planName": "Cumulus", "price": "5"},
        {"tier": "nimbus", "planName": "N", "price": "9"},
    ]
    new = [
        {"tier": "cumulus", "planName": "Cumulus", "price": "4.5"},
        {"tier": "nimbus", "planName": "M", "price": "9"},
    ]
    assert price_sentence(old, new) == "Cumulus now $4.50 (was $5.00); M (Nimbus) at $9.00; N (Nimbus) no more."
    assert price_sentence(old, old[::-1]) == "The order of the prices."
    assert price_sentence(old, []) == "Cumulus no more; N (Nimbus) no more."
