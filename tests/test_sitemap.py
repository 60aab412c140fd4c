"""What search engines are told."""

from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache

from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db
HOME = "http://127.0.0.1:8000"
NIMBUS = [{"tier": "nimbus", "price": 5, "plan_name": "Nimbus"}]
STRATUS = [{"tier": "stratus", "price": 9, "plan_name": "Stratus"}]
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def addresses(client):
    answer = client.get("/sitemap.xml")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml"
    found = ET.fromstring(answer.content).findall("s:url", NAMES)  # noqa: S314 - our own answer
    return {url.findtext("s:loc", namespaces=NAMES): url.findtext("s:lastmod", namespaces=NAMES) for url in found}


def test_public_listings_countries_and_pages_are_in_the_sitemap(client):
    provider = make_provider(slug="acme", fields={"country": "PL", "tiers": NIMBUS})
    make_provider(slug="other", fields={"country": "PL"})
    make_provider(slug="closed", is_live=False, fields={"country": "DE", "tiers": STRATUS})
    make_provider(slug="demo", is_demo=True, fields={"country": "FR"})
    found = addresses(client)
    assert found[f"{HOME}/providers/acme"] == provider.updated_at.date().isoformat()
    assert {address for address in found if "/providers" in address} == {
        *(f"{HOME}/providers{path}" for path in ("", "/acme", "/other", "/country/pl", "/tier/nimbus"))
    }
    assert {f"{HOME}/", f"{HOME}/images/", f"{HOME}/docs/fluxme/"} <= found.keys()


def test_the_addresses_are_the_site_s_own_whatever_host_was_asked(client):
    assert all(address.startswith(f"{HOME}/") for address in addresses(client))
    cache.clear()
    answer = client.get("/sitemap.xml", HTTP_HOST="localhost:9999")
    assert b"localhost" not in answer.content


def test_every_page_of_the_sitemap_is_there(client):
    make_provider(slug="acme", fields={"country": "PL", "tiers": NIMBUS + STRATUS})
    for address in addresses(client):
        answer = client.get(address.removeprefix(HOME))
        assert answer.status_code == 200, address
        assert b"noindex" not in answer.content, address


def test_the_number_of_queries_does_not_grow_with_the_directory(client, django_assert_max_num_queries):
    for number in range(20):
        make_provider(slug=f"p{number}", fields={"country": "PL"})
        if number in {1, 19}:
            cache.clear()
            with django_assert_max_num_queries(5):
                assert len([a for a in addresses(client) if "/providers/p" in a]) == number + 1


def test_it_is_made_once_in_a_while(client, django_assert_num_queries):
    first = client.get("/sitemap.xml")
    assert first.headers["Cache-Control"] == "max-age=900"
    with django_assert_num_queries(0):
        assert client.get("/sitemap.xml").content == first.content


def test_no_address_has_it_made_once_more(client, django_assert_num_queries):
    first = client.get("/sitemap.xml")
    with django_assert_num_queries(0):
        for query in ("x=1", "x=2", "p=1"):
            answer = client.get(f"/sitemap.xml?{query}")
            assert (answer.status_code, answer.headers["Location"]) == (301, "/sitemap.xml")
        assert client.get("/sitemap.xml").content == first.content


def test_robots_are_told_where_not_to_go_and_where_the_sitemap_is(client):
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /dashboard/", "Disallow: /admin/"} <= set(lines)
    assert "Disallow: /" not in lines
    assert lines[-1] == f"Sitemap: {HOME}/sitemap.xml"
    assert client.post("/robots.txt").status_code == 405
