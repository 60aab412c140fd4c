"""The page of one listing: what it shows, what machines read in it, and what hostile providers cannot do to it."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from providers.models import Provider, Source, UptimeDay
from providers.services import Proposal, apply_update, release_pin
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push
from providers.tests.status_pages import make_monitor

pytestmark = pytest.mark.django_db
HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Notes tags with their attributes, and the text of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


def profile(client, slug: str) -> str:
    answer = client.get(f"/providers/{slug}")
    assert answer.status_code == 200
    return answer.content.decode()


def structured(html: str) -> dict[str, dict]:
    """Return the nodes of the JSON-LD by type."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found
    return {node["@type"]: node for node in json.loads(found[1])["@graph"]}


@pytest.fixture
def acme():
    """A listing that its provider filled with the document's own example."""
    provider = make_provider(slug="acme", name="Acme")
    push(owner_of(provider), "acme", FULL_BODY)
    return Provider.objects.get()


def test_everything_that_a_provider_pushes_is_on_its_page(client, acme):
    html = profile(client, "acme")
    for text in (
        *(
            "<bdi>My Provider</bdi>",
            "Short description for the card",
            "Full description shown",
            "Poland",
            "Managed",
        ),
        *("$7.99", "$17.99", "$35.99", "Prices include VAT", "Discounts", "99.99 %", "99.9 %", "30 min"),
        *("English, Polish", "E-mail, Discord, Phone", "Visit myprovider.com", "pushed just now"),
    ):
        assert text in html, text
    assert re.search(r"<dt>Nodes</dt><dd[^>]*>89</dd>", html)
    assert re.search(r"<dt>Fiat money</dt><dd[^>]*>Yes</dd>", html)
    assert re.search(r"<dt>White label</dt><dd[^>]*>No</dd>", html)


def test_links_of_a_provider_are_not_vouched_for(client, acme):
    apply_update(
        Proposal(provider=acme, fields={"long_description": "[us](https://example.com)"}, source=Source.STAFF)
    )
    links = [attributes for tag, attributes in Page(profile(client, "acme")).tags if tag == "a"]
    out = [link for link in links if str(link["href"]).startswith("http")]
    assert {link["href"] for link in out} == {
        "https://myprovider.com",
        "https://discord.gg/XXXXX",
        "https://example.com",
    }
    assert {link["rel"] for link in out} == {"nofollow ugc noopener"}


def test_a_closed_or_missing_listing_is_a_404_page(client):
    make_provider(slug="closed", is_live=False)
    closed, missing = client.get("/providers/closed"), client.get("/providers/missing")
    assert closed.status_code == missing.status_code == 404
    assert "Not found." in closed.content.decode()


def test_a_listing_that_says_nothing_has_a_page_that_says_so(client):
    make_provider(slug="bare", name="Bare")
    html = profile(client, "bare")
    for text in (
        "has not entered prices",
        "Nobody has reviewed",
        "does not say how reliable",
        "Nothing has changed",
    ):
        assert text in html
    assert "updated just now" in html
    assert "price-table" not in html
    assert "<svg" not in html


def test_prices_over_time_are_drawn_and_told(client, acme):
    tiers = [{"tier": "cumulus", "price": Decimal("6.5"), "plan_name": "Cumulus"}]
    apply_update(Proposal(provider=acme, fields={"tiers": tiers}, source=Source.STAFF))
    html = profile(client, "acme")
    assert "Cumulus: $6.50 now, between $6.50 and $7.99 in this time" in html
    assert "Stratus: withdrawn, unchanged" in html
    assert re.search(r'<svg class="chart-plot"[^>]*role="img"', html)
    assert html.count('<td class="num">withdrawn</td>') == 2


def test_prices_older_than_the_log_are_drawn_from_the_opening(client):
    provider = make_provider(
        slug="old", name="Old", fields={"tiers": [{"tier": "nimbus", "price": 9, "plan_name": "N"}]}
    )
    opened = datetime(2026, 1, 2, tzinfo=UTC)
    Provider.objects.filter(pk=provider.pk).update(created_at=opened)
    html = profile(client, "old")
    assert "2 Jan 2026" not in html
    apply_update(Proposal(provider=provider, fields={"tiers": []}, source=Source.STAFF))
    assert "N (Nimbus): withdrawn" in profile(client, "old")


def test_the_latest_changes_are_told_by_version(client, acme):
    release_pin(provider=acme, field="totalNodes")
    apply_update(Proposal(provider=acme, fields={"total_nodes": 1200}, source=Source.PULL))
    html = profile(client, "acme").split("Latest changes")[1]
    assert "· Pull</p>" in html
    assert "<del><bdi>89</bdi></del>" in html
    assert "<ins><bdi>1,200</bdi></ins>" in html
    assert "more fields</li>" in html


def test_texts_that_a_provider_took_back_are_told_nowhere(client):
    provider = make_provider(slug="acme", fields={"description": "A regrettable slip", "comments": "Another slip"})
    apply_update(Proposal(provider=provider, fields={"description": "", "comments": None}, source=Source.STAFF))
    assert "slip" not in profile(client, "acme")


def test_each_field_says_who_set_it_and_when(client, acme):
    html = profile(client, "acme")
    assert re.search(r"<dt>Nodes</dt><dd>Push, <time [^>]*>just now</time></dd>", html)


def test_how_fresh_a_listing_is_follows_its_latest_sign_of_life(client):
    provider = make_provider(slug="acme")
    now = timezone.now()
    rows = Provider.objects.filter(pk=provider.pk)
    rows.update(last_push_at=now - timedelta(hours=3, minutes=1), updated_at=now - timedelta(days=9))
    assert "pushed 3 h ago" in profile(client, "acme")
    rows.update(last_pull_at=now - timedelta(minutes=5))
    assert "pulled 5 min ago" in profile(client, "acme")
    assert "No news for long" not in profile(client, "acme")
    rows.update(last_push_at=now - timedelta(days=40), last_pull_at=None)
    assert "pushed 40 days ago" in profile(client, "acme")
    assert "No news for long" in profile(client, "acme")


def test_standing_is_shown(client):
    provider = make_provider(slug="acme")
    assert "Verified" not in profile(client, "acme")
    Provider.objects.filter(pk=provider.pk).update(verified=True, flux_labs_partner=True)
    assert "✓ Verified" in profile(client, "acme")
    assert "Flux Labs partner" in profile(client, "acme")


def test_machines_read_organization_offers_and_address(client, acme, settings):
    settings.BASE_URL = "https://flux.example"
    html = profile(client, "acme")
    found = structured(html)
    assert found["Organization"]["name"] == "My Provider"
    assert found["Organization"]["address"]["addressCountry"] == "PL"
    assert found["Organization"]["sameAs"] == ["https://myprovider.com", "https://discord.gg/XXXXX"]
    assert [(o["price"], o["priceCurrency"]) for o in found["Product"]["offers"]] == [
        *(("7.99", "USD"), ("17.99", "USD"), ("35.99", "USD")),
    ]
    assert [o["name"] for o in found["Product"]["offers"]] == ["Cumulus", "Nimbus", "Stratus"]
    assert "aggregateRating" not in found["Product"]
    assert '<link rel="canonical" href="https://flux.example/providers/acme">' in html
    assert '<meta property="og:url" content="https://flux.example/providers/acme">' in html
    assert '<meta property="og:title" content="My Provider: Flux provider">' in html
    assert re.search(r'<meta name="description" content="My Provider runs Flux nodes in Poland, from \$7.99', html)
    assert 'href="/api/providers/acme"' in html


def test_a_rating_is_told_to_machines_only_with_reviews(client, acme):
    Provider.objects.update(rating=Decimal("4.50"), review_count=2)
    rating = structured(profile(client, "acme"))["Product"]["aggregateRating"]
    assert (rating["ratingValue"], rating["reviewCount"]) == (4.5, 2)


def test_a_demo_listing_is_kept_from_search_engines(client):
    make_provider(slug="demo", is_demo=True, fields={"tiers": [{"tier": "nimbus", "price": 9, "plan_name": "N"}]})
    html = profile(client, "demo")
    assert '<meta name="robots" content="noindex">' in html
    assert "ld+json" not in html
    assert "Demo, no real offer" in html


def test_a_hostile_listing_stays_text_on_every_page(client):
    provider = make_provider(slug="evil", name=f"N{HOSTILE}"[:80])
    fields = {
        "description": HOSTILE,
        "long_description": f"{HOSTILE}\n\n[x](javascript:alert(1)) ![y](https://example.com/y)\n\n<b id=content>",
        "comments": HOSTILE,
        "country": "PL",
        "tiers": [{"tier": "nimbus", "price": Decimal(9), "plan_name": HOSTILE[:60]}],
    }
    apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    apply_update(
        Proposal(provider=provider, fields={"description": HOSTILE[::-1], "tiers": []}, source=Source.PUSH)
    )
    fields["description"] = HOSTILE
    apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    paths = [
        "/providers/evil",
        "/providers",
        "/providers/country/pl",
        "/providers/tier/nimbus",
        "/providers/compare?p=evil",
    ]
    for path in paths:
        page = Page(client.get(path).content.decode())
        assert {attributes.get("src") for tag, attributes in page.tags if tag == "img"} <= {
            *("/static/favicon.svg", "/providers/evil/badge.svg"),
        }
        assert not any("alert(1)" in script for script in page.scripts if "@graph" not in script)
        for tag, attributes in page.tags:
            assert not any(name.startswith("on") for name in attributes), (path, tag)
            assert not str(attributes.get("href", "")).startswith("javascript"), path
        assert len([tag for tag, attributes in page.tags if attributes.get("id") == "content"]) == 1
    assert structured(profile(client, "evil"))["Organization"]["name"] == f"N{HOSTILE}"[:80]


def test_the_number_of_queries_does_not_grow_with_the_history(client, django_assert_num_queries):
    provider = make_provider(slug="acme")
    for size in (2, 20):
        for number in range(size):
            tiers = [
                {"tier": "nimbus", "price": Decimal(size * 100 + number), "plan_name": f"N{n}"} for n in range(12)
            ]
            apply_update(Proposal(provider=provider, fields={"tiers": tiers}, source=Source.PUSH))
        with django_assert_num_queries(6):
            profile(client, "acme")


def test_what_was_measured_stands_beside_what_the_provider_says(client, acme):
    assert "Measured" not in client.get("/providers/acme").content.decode()
    monitor = make_monitor(acme)
    today = timezone.now().date()
    UptimeDay.objects.create(monitor=monitor, day=today, measured_seconds=3600, down_seconds=36)
    Provider.objects.update(measured_uptime_percent=99, measured_uptime_since=today)
    html = client.get("/providers/acme").content.decode()
    assert '<strong class="num">99 %</strong> in the last 90 days' in html
    assert html.count('class="none"') == 89
