"""Listings side by side: what differs is marked in words, and every refusal leads on."""

import re
from decimal import Decimal

import pytest

from providers.models import Provider
from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db


def compare(client, *slugs: str, status: int = 200) -> str:
    answer = client.get("/providers/compare", {"p": list(slugs)})
    assert answer.status_code == status
    return answer.content.decode()


def line(html: str, label: str) -> tuple[bool, list[str]]:
    """Return whether a line is marked, and its cells as text."""
    found = re.search(rf'<tr[^>]*><th scope="row">{re.escape(label)}(.*?)</tr>', html, re.DOTALL)
    assert found, label
    head, *cells = found[1].split("<td ")
    return "differs" in head, [" ".join(re.sub(r"<[^>]+>", " ", f"<td {cell}").split()) for cell in cells]


@pytest.fixture
def two():
    """Two listings that agree on the country and on nothing else."""
    for slug, price, nodes in (("aa", "5", 10), ("bb", "7.5", 20)):
        tiers = [{"tier": "nimbus", "price": Decimal(price), "plan_name": "N"}]
        fields = {
            "country": "PL",
            "tiers": tiers,
            "total_nodes": nodes,
            "languages": ["pl"] if slug == "bb" else [],
        }
        make_provider(slug=slug, name=slug.upper(), fields=fields | {"response_time_hours": Decimal(nodes)})


def test_what_differs_is_marked_in_words_and_the_best_is_named(client, two):
    html = compare(client, "aa", "bb")
    assert line(html, "Country") == (False, ["Poland", "Poland"])
    assert line(html, "Nimbus") == (True, ["$5.00 lowest", "$7.50"])
    assert line(html, "Nodes") == (True, ["10", "20 most"])
    assert line(html, "Languages") == (True, ["not said", "Polish"])
    assert line(html, "Answers within") == (True, ["10 h shortest", "20 h"])
    assert "Stratus" not in html
    assert "They differ on 4 lines" in html


def test_measured_uptime_stands_beside_the_claim(client, two):
    assert "measured" not in compare(client, "aa", "bb")
    Provider.objects.filter(slug="aa").update(measured_uptime_percent=Decimal("99.5"))
    html = compare(client, "aa", "bb")
    assert line(html, "Uptime (measured, 90 days)") == (True, ["99.5 %", "not said"])


def test_listings_stand_in_the_order_of_the_address_each_once(client, two):
    html = compare(client, "bb", "aa", "bb")
    assert re.findall(r'<th scope="col"><a href="/providers/(\w+)">', html) == ["bb", "aa"]
    assert re.findall(r'class="remove" href="/providers/compare\?([^"]+)"', html) == ["p=aa", "p=bb"]
    assert 'href="/providers?p=bb&amp;p=aa">Add another' in html


def test_one_alone_asks_for_another_and_equals_say_so(client, two):
    html = compare(client, "aa")
    assert "compares with nothing" in html
    assert "is-different" not in html
    for slug in ("cc", "dd"):
        make_provider(slug=slug)
    assert "They differ on no line." in compare(client, "cc", "dd")


def test_the_order_of_languages_is_no_difference(client):
    for slug, languages in (("ee", ["en", "pl"]), ("ff", ["pl", "en"])):
        make_provider(slug=slug, fields={"languages": languages})
    html = compare(client, "ee", "ff")
    assert line(html, "Languages") == (False, ["English, Polish", "Polish, English"])
    assert "They differ on no line." in html


def test_four_fit(client):
    slugs = [make_provider().slug for _ in range(5)]
    html = compare(client, *slugs[:4])
    assert html.count('<th scope="col">') == 4
    assert "Add another" not in html
    html = compare(client, *slugs, status=400)
    assert "At most 4 providers fit side by side, and these are 5." in html
    assert "&amp;".join(f"p={slug}" for slug in slugs[:4]) in html


def test_none_is_refused_with_the_way_to_the_directory(client):
    for query in ("", "?p=", "?q=1"):
        answer = client.get(f"/providers/compare{query}")
        assert answer.status_code == 400
        assert 'href="/providers">Choose in the directory' in answer.content.decode()


def test_an_unknown_one_is_named_and_the_others_can_be_compared(client, two):
    make_provider(slug="closed", is_live=False)
    for slug in ("nobody", "closed"):
        html = compare(client, "aa", slug, "bb", status=404)
        assert f"The directory has no provider “{slug}”." in html
        assert "/providers/compare?p=aa&amp;p=bb" in html
    assert "<script>" not in compare(client, "<script>x", status=404)


def test_the_number_of_queries_does_not_grow(client, two, django_assert_num_queries):
    for slugs in (["aa"], ["aa", "bb"]):
        with django_assert_num_queries(1):
            compare(client, *slugs)


def test_a_comparison_is_kept_from_search_engines(client, two):
    assert '<meta name="robots" content="noindex, follow">' in compare(client, "aa", "bb")


def test_a_card_leads_into_the_comparison_without_javascript(client, two):
    html = client.get("/providers").content.decode()
    assert '<form action="/providers/compare" method="get">' in html
    assert len(re.findall(r'<input type="checkbox" name="p"', html)) == Provider.objects.count()
