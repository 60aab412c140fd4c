"""The list of providers as a page: the same rows as the API's, and a way on from every choice."""

import re
from decimal import Decimal
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.http import QueryDict

from providers import directory_pages
from providers.addresses import country_path, directory_path, listing_path, tier_path
from providers.directory_forms import SORT_WORDS
from providers.filters import DirectoryQuery
from providers.models import Provider
from providers.paging import SORTS
from providers.tests.factories import make_provider
from providers.tests.lists import pages, slugs

pytestmark = pytest.mark.django_db
PATH = "/providers"


def page(client, query: str = "", status: int = 200, **headers) -> str:
    """Return the text of a page."""
    answer = client.get(f"{PATH}?{query}" if query else PATH, **headers)
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def shown(html: str) -> list[str]:
    """Return the slugs of the cards, in their order."""
    return re.findall(r'<article class="card listing" aria-labelledby="p-([a-z0-9-]+)"', html)


def next_query(html: str) -> str | None:
    """Return what the button of the next page asks for."""
    if not (button := re.search(r'formaction="/providers" name="after" value="([^"]+)"', html)):
        return None
    form = html[html.index('<form action="/providers/compare"') : button.start()]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    ticked = re.findall(r'<input type="checkbox" name="(p)" value="([^"]+)" checked>', form)
    return urlencode([(name, unescape(value)) for name, value in [*hidden, *ticked, ("after", button[1])]])


def chips(html: str) -> dict[str, str]:
    """Return each active filter with the query that takes it away."""
    found = re.findall(r'<a class="chip" href="/providers(?:\?([^"]*))?" rel="nofollow">.*?<bdi>(.*?)</bdi>', html)
    return {unescape(text): unescape(query) for query, text in found}


@pytest.fixture
def listings():
    """Seven listings that differ in all that is filtered and sorted by, one of them a demo."""
    for number in range(7):
        provider = make_provider(
            slug=f"p-{number}",
            name=f"{'ŁLAÄBzc'[number]} hosting",
            is_demo=number == 6,
            fields={
                "country": ("PL", "DE", None)[number % 3],
                "type": ("managed", "selfSetup", "dedicated")[number % 3],
                "description": "green power" if number % 2 else "",
                "tiers": [
                    {
                        "tier": ("cumulus", "nimbus", "stratus")[n],
                        "price": Decimal(5 * n + number),
                        "plan_name": "P",
                    }
                    for n in range(number % 4)
                ],
                "total_nodes": (None, 5, 50)[number % 3],
                "uptime_percentage": (None, Decimal("99.5"), Decimal("99.99"))[number % 3],
                "languages": ["en", "pl"][: number % 3],
                "support_channels": ["email", "phone"][: number % 3],
                "accepts_flux": number % 2 == 0,
            },
        )
        Provider.objects.filter(pk=provider.pk).update(
            verified=number % 2 == 0,
            flux_labs_partner=number % 3 == 0,
            rating=(None, Decimal(4), Decimal(5))[number % 3],
        )


FILTERS = [
    *(
        "",
        "country=PL",
        "country=Germany",
        "type=managed",
        "tier=nimbus",
        "maxPrice=6",
        "tier=nimbus&maxPrice=9.5",
    ),
    *("minUptime=99.9", "minNodes=50", "language=pl", "support=phone", "accepts=flux", "accepts=fiat"),
    *("verified=true", "verified=false", "partner=true", "partner=false", "q=green", "q=%C5%82", "q=none+of+them"),
    *("demo=true", "demo=false", "demo=true&verified=true&minNodes=1", "limit=2"),
]


@pytest.mark.parametrize("sort", ["", *SORTS])
def test_the_page_has_the_rows_of_the_api_for_every_filter_and_sort(client, listings, sort):
    for filters in FILTERS:
        query = "&".join(part for part in (filters, f"sort={sort}" if sort else "") if part)
        # What htmx gets is the very list of the page, in less time.
        assert shown(page(client, query, HTTP_HX_REQUEST="true")) == slugs(client, query), query
    assert shown(page(client, query)) == slugs(client, query)


def test_every_filter_of_the_api_is_compared_with_the_page():
    tried = {name for filters in FILTERS for name in QueryDict(filters)} | {"sort", "after"}
    assert tried == set(DirectoryQuery().fields)
    assert set(SORT_WORDS) == set(SORTS)


@pytest.mark.parametrize("query", ["limit=2&demo=true&sort=-updated", "limit=2&country=PL&demo=true", "limit=3"])
def test_next_leads_through_the_whole_list_like_the_api_s_cursor(client, listings, query):
    walked, here = [], query
    while here is not None:
        html = page(client, here)
        walked.append(shown(html))
        here = next_query(html)
    assert walked == pages(client, query)
    assert len(walked) > 1
    assert "First page</button>" in html


def test_what_is_ticked_stays_ticked_under_other_filters_and_is_all_that_is_compared(client, listings):
    html = page(client, "limit=2&demo=true&p=p-0&p=p-6")
    finder = html[html.index('<form class="finder"') : html.index('id="results"')]
    assert re.findall('name="p" value="([^"]+)"', finder) == ["p-0", "p-6"]
    compared = client.get(f"/providers/compare?{next_query(html)}").headers["Location"]
    assert sorted(QueryDict(compared.partition("?")[2]).getlist("p")) == ["p-0", "p-6"]


def test_a_page_says_how_many_fit_and_which_filters_are_active(client, listings):
    html = page(client, "country=PL&maxPrice=20&q=green&sort=price")
    assert "1 provider fits" in html
    assert chips(html) == {
        "Poland": "maxPrice=20&q=green&sort=price",
        "up to $20.00": "country=PL&q=green&sort=price",
        "“green”": "country=PL&maxPrice=20&sort=price",
    }
    assert "6 providers</h2>" in page(client)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("minUptime=99.9", "uptime from 99.9 %"),
        ("minNodes=1000", "from 1,000 nodes"),
        ("language=PL", "speaks Polish"),
        ("support=email", "support by E-mail"),
        ("accepts=stripe", "pay with Cards (Stripe)"),
        ("verified=true", "Verified"),
        ("verified=false", "Not verified"),
        ("partner=true", "Flux Labs partner"),
        ("demo=true", "With demo listings"),
        ("tier=stratus", "Stratus"),
        ("type=selfSetup", "Self-setup"),
        ("country=The+Netherlands", "Netherlands"),
    ],
)
def test_a_chip_says_its_filter_in_words(client, query, text):
    assert chips(page(client, query)) == {text: ""}


def test_a_card_tells_a_claim_from_what_was_measured(client):
    provider = make_provider(slug="acme", fields={"uptime_percentage": Decimal(100)})
    figures = r"<dt>(Claimed uptime|Measured uptime)</dt><dd[^>]*>([^<]+)</dd>"
    assert re.findall(figures, page(client)) == [("Claimed uptime", "100 %")]
    Provider.objects.filter(pk=provider.pk).update(measured_uptime_percent=Decimal("99.81"))
    assert re.findall(figures, page(client)) == [("Claimed uptime", "100 %"), ("Measured uptime", "99.81 %")]


def test_the_form_shows_what_was_chosen(client, listings):
    html = page(client, "q=%22green%22&country=Poland&sort=-name&minUptime=97&verified=true&limit=5")
    assert 'name="q" value="&quot;green&quot;"' in html
    assert re.search(r'<option value="PL" selected>Poland', html)
    assert '<option value="-name" selected>Name, Z to A' in html
    assert '<option value="97" selected>97 % or more' in html
    assert re.search(r'name="verified" value="true" checked', html)
    assert '<input type="hidden" name="limit" value="5">' in html
    assert '<details class="finder-more" open>' in html
    assert '<details class="finder-more">' in page(client, "q=green")


def test_a_chosen_country_without_listings_stays_chosen(client):
    assert '<option value="FR" selected>France</option>' in page(client, "country=FR")


def test_the_empty_fields_of_a_form_leave_the_address(client):
    answer = client.get(f"{PATH}?q=&country=PL&tier=&maxPrice=+&sort=name&p=a")
    assert (answer.status_code, answer["Location"]) == (302, "/providers?country=PL&sort=name&p=a")
    assert client.get(f"{PATH}?q=&country=")["Location"] == PATH
    assert client.get(f"{PATH}/?country=PL")["Location"] == "/providers?country=PL"


@pytest.mark.parametrize(
    ("query", "said", "way_on"),
    [
        ("zzz=1", ("zzz", "Unknown filter."), "/providers"),
        ("contry=PL&q=a", ("contry", "Unknown filter; did you mean country?"), "/providers?q=a"),
        ("maxPrice=cheap&country=PL", ("Price up to", "Must be a number."), "/providers?country=PL"),
        ("type=managed&type=dedicated&q=a", ("Type", "Comes more than once."), "/providers?q=a"),
        ("after=zzz&q=a", ("The place in the list", "Is no cursor of this list"), "/providers?q=a"),
        ("country=Polnd", ("Country", "did you mean Poland?"), "/providers"),
    ],
)
def test_a_filter_that_is_none_is_400_with_a_way_on(client, query, said, way_on):
    html = page(client, query, status=400)
    label, sentence = said
    assert f"<strong>{label}</strong>" in html
    assert sentence in unescape(html)
    assert re.search(f'<a href="{re.escape(way_on)}">Show the list without it', html)
    assert '<form class="finder"' in html
    assert shown(html) == []


def test_a_faulty_field_is_marked_where_it_stands(client):
    html = page(client, "minNodes=x&maxPrice=-1", status=400)
    assert html.count('aria-invalid="true"') == 2
    assert 'aria-describedby="filter-minNodes-error"' in html
    assert 'id="filter-minNodes-error"' in html
    assert '<details class="finder-more" open>' in html


def test_htmx_gets_the_list_alone_and_the_clean_address(client, listings):
    answer = client.get(f"{PATH}?q=&country=PL&sort=name", HTTP_HX_REQUEST="true")
    html = answer.content.decode()
    assert html.lstrip().startswith('<p id="results-said"')
    assert '<form class="finder"' not in html
    assert shown(html) == slugs(client, "country=PL")
    assert answer["HX-Push-Url"] == "/providers?country=PL&sort=name"
    assert "HX-Request" in answer["Vary"]
    assert "HX-Request" in client.get(PATH)["Vary"]
    refused = client.get(f"{PATH}?minNodes=x", HTTP_HX_REQUEST="true")
    assert refused.status_code == 400
    assert "Must be a whole number." in refused.content.decode()


def test_going_back_with_htmx_is_a_whole_page(client):
    html = page(client, HTTP_HX_REQUEST="true", HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert '<form class="finder"' in html


def test_an_empty_list_says_what_to_do(client):
    html = page(client)
    assert "No provider is listed yet" in html
    make_provider(slug="demo", is_demo=True)
    assert 'href="/providers?demo=true">Look among the demo listings' in page(client)
    html = page(client, "minNodes=9&q=x")
    assert "No provider fits all of this" in html
    assert 'href="/providers?minNodes=9&amp;q=x&amp;demo=true"' in html
    assert "demo listings too" not in page(client, "demo=true&q=zz")


def test_ticked_listings_stay_ticked_from_page_to_page(client, listings):
    html = page(client, "limit=2&p=p-2&p=p-5")
    assert re.search(r'name="p" value="p-2" checked', html)
    assert '<input type="hidden" name="p" value="p-5">' in html
    assert sorted(QueryDict(next_query(html) or "").getlist("p")) == ["p-2", "p-5"]
    assert 'href="/api/providers?limit=2"' in html


def test_search_engines_keep_the_plain_list_and_no_choices(client, settings):
    settings.BASE_URL = "https://flux.example"
    assert '<link rel="canonical" href="https://flux.example/providers">' in page(client)
    assert 'canonical" href="https://flux.example/providers/country/pl"' in page(client, "country=Poland")
    assert 'canonical" href="https://flux.example/providers/tier/nimbus"' in page(client, "tier=nimbus")
    html = page(client, "tier=nimbus&q=a")
    assert "canonical" not in html
    assert '<meta name="robots" content="noindex, follow">' in html
    assert '<meta name="robots"' not in page(client)


def test_the_list_is_offered_to_programs_with_its_filters(client):
    html = page(client, "country=PL&sort=price&limit=5&p=a")
    for path in (
        "/api/providers?country=PL&amp;sort=price&amp;limit=5",
        "/providers/export.csv?country=PL&amp;sort=price",
        "/providers/feed.atom?country=PL",
    ):
        assert f'href="{path}"' in html
        assert client.get(unescape(path)).status_code == 200


def test_what_feeds_and_sitemaps_name_is_there(client):
    make_provider(slug="acme", fields={"country": "PL"})
    for path in (directory_path(), listing_path("acme"), country_path("PL"), tier_path("nimbus")):
        assert client.get(path).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_list(client, django_assert_num_queries):
    for size in (2, 20):
        while Provider.objects.count() < size:
            make_provider(fields={"country": "PL", "tiers": [{"tier": "nimbus", "price": 5, "plan_name": "N"}]})
        cache.clear()
        # The page's rows, their prices, how many there are, and once a minute the countries to choose from.
        with django_assert_num_queries(4):
            assert len(shown(page(client, "country=PL&sort=price"))) == size
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            with django_assert_num_queries(3):
                assert client.get("/providers?country=PL", **headers).status_code == 200


def test_a_long_list_is_not_counted_to_its_end(client, listings, monkeypatch):
    monkeypatch.setattr(directory_pages, "MAX_COUNT", 5)
    assert "More than 5 providers</h2>" in page(client)
    assert "2 providers fit</h2>" in page(client, "country=PL")


def test_the_countries_to_choose_from_are_at_most_a_minute_old(client):
    make_provider(fields={"country": "PL"})
    assert "Poland (1)" in page(client)
    make_provider(fields={"country": "PL"})
    assert "Poland (1)" in page(client)
    cache.clear()
    assert "Poland (2)" in page(client)


def test_a_country_has_a_page_with_its_facts(client, settings, django_assert_num_queries):
    settings.BASE_URL = "https://flux.example"
    for number, price in enumerate(("9.5", "4.99", "1200")):
        tiers = [{"tier": "nimbus", "price": Decimal(price), "plan_name": "N"}]
        make_provider(slug=f"pl-{number}", fields={"country": "PL", "tiers": tiers})
    make_provider(slug="de", fields={"country": "DE"})
    cache.clear()
    with django_assert_num_queries(4):
        html = client.get("/providers/country/pl").content.decode()
    assert "3 Flux providers in Poland. Their cheapest plans cost from $4.99 to $1,200.00 a month." in html
    assert shown(html) == ["pl-1", "pl-0", "pl-2"]
    assert '<link rel="canonical" href="https://flux.example/providers/country/pl">' in html
    assert 'href="/providers?country=PL&amp;sort=price"' in html
    assert (
        "1 Flux provider in Germany. No prices are known." in client.get("/providers/country/de").content.decode()
    )


@pytest.mark.parametrize("spelling", ["PL", "Poland", "POL", "poland"])
def test_another_spelling_of_a_country_leads_to_its_page(client, spelling):
    answer = client.get(f"/providers/country/{spelling}")
    assert (answer.status_code, answer["Location"]) == (301, "/providers/country/pl")


def test_a_country_without_listings_says_so_and_is_not_kept(client):
    html = client.get("/providers/country/fr").content.decode()
    assert "There is no Flux provider in France yet." in html
    assert "noindex" in html
    assert client.get("/providers/country/atlantis").status_code == 404


def test_a_node_size_has_a_page_about_its_own_prices(client):
    tiers = [
        {"tier": "nimbus", "price": Decimal(20), "plan_name": "N"},
        {"tier": "cumulus", "price": Decimal(5), "plan_name": "C"},
    ]
    make_provider(slug="aa", name="A", fields={"tiers": tiers})
    make_provider(slug="bb", name="B", fields={"tiers": tiers[1:]})
    html = client.get("/providers/tier/nimbus").content.decode()
    assert "1 Flux provider with Nimbus nodes. The cheapest plan costs $20.00 a month." in html
    assert shown(html) == ["aa"]
    assert client.get("/providers/tier/huge").status_code == 404
