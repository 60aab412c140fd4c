"""The provider's own pages: whose they are, and how one gets around."""

import pytest
from django.urls import reverse

from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from providers import own_pages
from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db
LIST = "/dashboard/providers/"


@pytest.fixture
def account():
    return make_account()


def listing_url(provider):
    return f"{LIST}{provider.slug}/"


def test_a_single_listing_is_shown_at_once(account):
    provider = make_provider(account=account)
    answer = signed_in(owner_of(account)).get(LIST)
    assert (answer.status_code, answer["Location"]) == (302, listing_url(provider))


def test_several_listings_are_listed_and_other_accounts_are_not(account):
    mine = [make_provider(account=account), make_provider(account=account, is_live=False)]
    foreign = make_provider()
    page = signed_in(member_of(account)).get(LIST).content.decode()
    assert [listing_url(provider) in page for provider in [*mine, foreign]] == [True, True, False]
    assert "Not public" in page


def test_an_account_without_a_listing_is_told_who_opens_one(account):
    assert "Our staff open one" in signed_in(owner_of(account)).get(LIST).content.decode()


def test_a_foreign_listing_is_answered_like_a_missing_one(account):
    browser = signed_in(owner_of(account))
    foreign, missing = (browser.get(f"{LIST}{slug}/") for slug in (make_provider().slug, "none"))
    assert foreign.status_code == missing.status_code == 404


def test_nobody_sees_a_listing_without_signing_in(client):
    answer = client.get(listing_url(make_provider()))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_a_member_sees_the_tabs_that_have_a_page(account, monkeypatch):
    provider = make_provider(account=account)
    monkeypatch.setattr(own_pages, "TABS", (("Listing", "listing"), ("Later", "no-such-page")))
    page = signed_in(member_of(account)).get(listing_url(provider)).content.decode()
    assert f'<a href="{listing_url(provider)}" aria-current="page">Listing</a>' in page
    assert "Later" not in page
    assert outside_addresses(page) == []


def test_the_dashboard_leads_to_the_providers():
    page = signed_in(owner_of(make_account(owner=make_user()))).get("/dashboard/").content.decode()
    assert f'href="{reverse("providers:pages:list")}"' in page
