"""Which listings the directory shows, and what it refuses to be asked."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from providers.filters import without_blanks
from providers.models import Provider, ProviderType, Source
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider
from providers.tests.lists import listed, refused, slugs

pytestmark = pytest.mark.django_db


def tiers(**prices):
    return [{"tier": tier, "price": Decimal(price), "plan_name": tier} for tier, price in prices.items()]


def test_closed_and_demo_listings_are_left_out(client):
    make_provider(slug="aa", name="A")
    make_provider(slug="closed", is_live=False)
    make_provider(slug="demo", name="Demo", is_demo=True)
    assert slugs(client) == ["aa"]
    items = listed(client, "demo=true")["items"]
    assert [(item["slug"], item["isDemo"]) for item in items] == [("aa", False), ("demo", True)]


def test_the_list_is_filtered_by_country_and_type(client):
    make_provider(slug="uk", fields={"country": "GB", "type": ProviderType.DEDICATED})
    make_provider(slug="pl", fields={"country": "PL"})
    assert slugs(client, "country=UK") == slugs(client, "country=United%20Kingdom") == ["uk"]
    assert slugs(client, "country=Poland&type=managed") == ["pl"]
    assert slugs(client, "type=selfSetup") == []


def test_a_tier_asks_for_a_price_of_that_size(client):
    make_provider(slug="both", name="A", fields={"tiers": tiers(cumulus="7.99", stratus="35")})
    make_provider(slug="small", name="B", fields={"tiers": tiers(cumulus="5")})
    make_provider(slug="none", name="C")
    assert slugs(client, "tier=cumulus") == ["both", "small"]
    assert slugs(client, "tier=stratus") == ["both"]
    assert slugs(client, "tier=nimbus") == []


def test_a_price_limit_looks_at_the_cheapest_price_of_the_tier_or_of_all(client):
    two = [*tiers(cumulus="9", stratus="30"), {"tier": "stratus", "price": Decimal("25.50"), "plan_name": "Sale"}]
    make_provider(slug="two", name="A", fields={"tiers": two})
    make_provider(slug="big", name="B", fields={"tiers": tiers(stratus="40")})
    make_provider(slug="none", name="C")
    assert slugs(client, "maxPrice=9") == ["two"]
    assert slugs(client, "maxPrice=8.99") == []
    assert slugs(client, "tier=stratus&maxPrice=25.5") == ["two"]
    assert slugs(client, "tier=stratus&maxPrice=25.49") == []
    assert slugs(client, "maxPrice=40") == ["two", "big"]


def test_a_new_price_list_moves_a_listing_in_the_same_moment(client):
    provider = make_provider(slug="acme", fields={"tiers": tiers(nimbus="20")})
    apply_update(
        Proposal(provider=provider, fields={"tiers": tiers(nimbus="10", cumulus="4")}, source=Source.STAFF)
    )
    assert slugs(client, "maxPrice=4") == slugs(client, "tier=nimbus&maxPrice=10") == ["acme"]
    apply_update(Proposal(provider=provider, fields={"tiers": []}, source=Source.STAFF))
    assert slugs(client, "maxPrice=100000") == []
    assert Provider.objects.get().cheapest_nimbus is None


def test_least_figures_leave_out_those_that_say_none(client):
    make_provider(slug="high", name="A", fields={"uptime_percentage": Decimal("99.95"), "total_nodes": 50})
    make_provider(slug="low", name="B", fields={"uptime_percentage": Decimal("99.9"), "total_nodes": 49})
    make_provider(slug="mute", name="C")
    assert slugs(client, "minUptime=99.95") == slugs(client, "minNodes=50") == ["high"]
    assert slugs(client, "minUptime=0&minNodes=0") == ["high", "low"]


def test_languages_and_channels_are_found_in_their_lists(client):
    make_provider(slug="pl", name="A", fields={"languages": ["en", "pl"], "support_channels": ["email", "x"]})
    make_provider(slug="de", name="B", fields={"languages": ["de"], "support_channels": ["email"]})
    assert slugs(client, "language=pl") == slugs(client, "language=PL") == ["pl"]
    assert slugs(client, "support=email") == ["pl", "de"]
    assert slugs(client, "support=x&language=en") == ["pl"]
    assert slugs(client, "support=x&language=de") == []


@pytest.mark.parametrize("payment", ["flux", "stripe", "fiat"])
def test_payments_are_found_one_at_a_time(client, payment):
    make_provider(slug="yes", fields={f"accepts_{payment}": True})
    make_provider(slug="no", fields={f"accepts_{name}": name != payment for name in ("flux", "stripe", "fiat")})
    assert slugs(client, f"accepts={payment}") == ["yes"]


@pytest.mark.parametrize(("name", "column"), [("verified", "verified"), ("partner", "flux_labs_partner")])
def test_the_directory_s_own_marks_are_asked_for_either_way(client, name, column):
    Provider.objects.filter(pk=make_provider(slug="yes").pk).update(**{column: True})
    make_provider(slug="no")
    assert slugs(client, f"{name}=true") == ["yes"]
    assert slugs(client, f"{name}=false") == ["no"]


@pytest.mark.parametrize(
    "query",
    [
        *("colour=red", "country=Atlantis", "type=Managed", "type=", "type=managed&type=dedicated", "demo=1"),
        *("limit=0", "limit=101", "limit=x", "limit=5.0", "after=A", "after=", "after=%2F", "tier=nimbus,stratus"),
        *("maxPrice=-1", "maxPrice=1.001", "maxPrice=100001", "maxPrice=1e2", "maxPrice=NaN", "maxPrice=%2B1"),
        *("minUptime=101", "minUptime=x", "minNodes=1.5", "minNodes=1000001", "language=xx", "support=fax"),
        *("accepts=gold", "verified=yes", "partner=", "sort=size", "sort=", "q=", "q=%20", f"q={'a' * 101}"),
        *("q=a%0Ab", "max_price=3", "Country=PL"),
    ],
)
def test_a_filter_that_is_not_known_or_not_valid_is_refused_by_name(client, query):
    assert [field for field, _ in refused(client, query)] == [query.partition("=")[0]]


def test_every_fault_of_a_query_is_named_at_once(client):
    assert refused(client, "maxPrice=x&minNodes=-1&sort=y&colour=red") == [
        ("maxPrice", "not_number"),
        ("minNodes", "min_value"),
        ("sort", "invalid_choice"),
        ("colour", "unknown_field"),
    ]


def test_an_unchanged_page_is_not_sent_again(client):
    make_provider(slug="acme")
    etag = client.get("/api/providers").headers["ETag"]
    again = client.get("/api/providers", HTTP_IF_NONE_MATCH=f"W/{etag}")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    make_provider(slug="other")
    assert client.get("/api/providers", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_list(client, django_assert_num_queries):
    query = "q=provider&sort=price&tier=nimbus&language=en&limit=50"
    for number in range(20):
        make_provider(fields={"tiers": tiers(nimbus="1", stratus="2"), "languages": ["en"]})
        if number == 1:
            with django_assert_num_queries(2):
                assert len(slugs(client, query)) == 2
    with django_assert_num_queries(2):
        assert len(slugs(client, query)) == 20


def test_a_form_s_empty_fields_are_no_filters():
    assert without_blanks(QueryDict("q=&country=PL&type=+&sort=name")).urlencode() == "country=PL&sort=name"
