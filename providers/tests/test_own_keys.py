"""The keys of one listing, on its own page."""

import pytest

from accounts.models import Role
from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys.models import ApiKey
from apikeys.resources import known_words
from apikeys.strength import is_guessable
from apikeys.tests.factories import client_for, make_key
from apikeys.tests.pages import key_url, secret_in
from providers.tests.factories import make_provider, push

pytestmark = pytest.mark.django_db
FORM = {"name": "Cron job", "scopes": ["Listing:View", "Listing:Edit"], "expires_on": ""}


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def provider(account):
    return make_provider(account=account, slug="acme", name="Acme Hosting")


def keys_page(provider):
    return f"/dashboard/providers/{provider.slug}/keys/"


def test_a_manager_makes_a_key_that_changes_this_listing(account, provider):
    answer = signed_in(member_of(account, Role.ADMIN)).post(keys_page(provider), FORM | {"resource": "acme"})
    client = client_for(secret_in(answer))
    assert push(client, "acme", {"totalNodes": 7}).status_code == 200
    assert keys_page(provider) in answer.content.decode()


def test_the_page_is_about_this_listing_alone(account, provider):
    other = make_provider(account=account)
    mine = make_key("fluxme", account=account, resource="acme").key
    theirs = make_key("fluxme", account=account, resource=other.slug).key
    browser = signed_in(owner_of(account))
    page = browser.get(keys_page(provider)).content.decode()
    assert mine.hint in page
    assert theirs.hint not in page
    assert outside_addresses(page) == []
    assert browser.post(keys_page(provider), FORM | {"resource": other.slug}).status_code == 400
    assert not ApiKey.objects.filter(name="Cron job").exists()


def test_a_member_sees_the_keys_and_makes_none(account, provider):
    browser = signed_in(member_of(account))
    assert "Only owners and admins" in browser.get(keys_page(provider)).content.decode()
    assert browser.post(keys_page(provider), FORM | {"resource": "acme"}).status_code == 403
    assert not ApiKey.objects.exists()


def test_another_account_has_no_such_page(provider):
    browser = signed_in(owner_of(make_account()))
    assert browser.get(keys_page(provider)).status_code == 404
    assert browser.post(keys_page(provider), FORM | {"resource": "acme"}).status_code == 404


def test_rolling_and_revoking_lead_back_here(account, provider):
    key = make_key("fluxme", account=account, resource="acme").key
    browser = signed_in(owner_of(account))
    assert keys_page(provider) in browser.get(key_url(key, "roll")).content.decode()
    rolled = browser.post(key_url(key, "roll"), {"version": key.version, "grace_days": 2})
    assert keys_page(provider) in rolled.content.decode()
    assert "old secret until" in browser.get(keys_page(provider)).content.decode()
    assert browser.post(key_url(key, "revoke"))["Location"] == keys_page(provider)


@pytest.mark.parametrize("rows", [2, 20])
def test_the_number_of_keys_does_not_change_the_number_of_queries(
    account, provider, rows, django_assert_num_queries
):
    for _ in range(rows):
        make_key("fluxme", account=account, resource="acme")
    browser = signed_in(owner_of(account))
    with django_assert_num_queries(19):
        browser.get(keys_page(provider))


def test_the_providers_name_is_known_to_the_judge_of_keys(provider):
    words = known_words("fluxme", "acme")
    assert words == ("Acme Hosting",)
    assert is_guessable("Acme.Hosting.Acme.Hosting.Acme.Hosting", *words)
