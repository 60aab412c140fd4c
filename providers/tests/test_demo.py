"""The demo directory: believable, marked, with a history, and loaded once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from api.parsers import loads
from providers.demo import DIRECTORY, is_directory_loaded, load_directory
from providers.models import Change, Provider, Source
from providers.services import shown_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account = make_account()
    assert not is_directory_loaded()
    assert load_directory(account=account) == 24
    return account


def test_there_are_24_marked_listings_in_several_countries(account, client):
    listings = Provider.objects.of(account)
    assert listings.count() == listings.filter(is_demo=True, is_live=True).count() == 24
    assert len(set(listings.values_list("country", flat=True))) >= 20
    assert set(listings.values_list("type", flat=True)) == {"managed", "selfSetup", "dedicated"}
    assert client.get("/api/providers").json()["data"]["items"] == []
    assert client.get("/api/providers/northwind-nodes").json()["data"]["isDemo"] is True


def test_each_listing_has_months_of_prices_that_end_where_it_stands(account):
    for provider in Provider.objects.of(account).with_tiers():
        prices = list(Change.objects.of(provider).filter(field="tiers").order_by("id"))
        assert len(prices) >= 3, provider
        assert prices[-1].at - prices[0].at > timedelta(days=90), provider
        assert prices[-1].new == shown_values(provider)["tiers"], provider
        moments = [change.at for change in Change.objects.of(provider).order_by("id")]
        assert moments == sorted(moments)
        assert provider.created_at == moments[0]
        assert max(moments) < timezone.now()


def test_the_listings_are_kept_fresh_in_different_ways(account):
    sources = set(Change.objects.values_list("source", flat=True))
    assert {Source.PUSH, Source.PULL, Source.OWNER, Source.STAFF} <= sources
    pushed = Provider.objects.of(account).filter(last_push_at__gte=timezone.now() - timedelta(days=1))
    assert pushed.exists()
    assert Provider.objects.of(account).filter(last_push_at=None, last_pull_at=None).exists()


def test_the_directory_is_loaded_once_and_what_is_missing_is_added(account):
    assert is_directory_loaded()
    changes = Change.objects.count()
    assert load_directory(account=account) == 0
    assert Change.objects.count() == changes


def test_no_demo_points_to_an_address_that_exists():
    listings = loads(DIRECTORY.read_bytes())
    assert {listing["fields"]["website"] for listing in listings} == {
        f"https://{listing['slug']}.example" for listing in listings
    }
    assert not any("discord" in listing["fields"] for listing in listings)
