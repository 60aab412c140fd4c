"""What closing an account means for the apps above it."""

import pytest

from accounts import closing
from accounts.errors import AccountClosed, StillInUse
from accounts.models import Account, Membership, User
from accounts.tests.factories import make_account
from accounts.tests.pages import owner_of
from apikeys.models import ApiKey
from apikeys.tests.factories import client_for, make_key
from plans import entitlements
from plans.models import Subscription, UsageCounter
from plans.services import set_plan
from providers.tests.factories import make_provider
from store.models import Store
from store.tests.factories import make_store

pytestmark = pytest.mark.django_db


def test_a_closed_account_is_gone_with_its_keys_plans_numbers_and_members():
    account = make_account()
    set_plan(account=account, product="fluxly", plan="full_stack")
    entitlements.claim(account, "fluxly", "live_links")
    make_key("fluxly", account=account)
    make_store(account=account)
    owner = owner_of(account)
    closing.close_account(account=account, actor=owner)
    for model in (Account, Membership, ApiKey, Subscription, UsageCounter, Store):
        assert not model.objects.exists()
    assert User.objects.filter(pk=owner.pk).exists()


def test_an_account_with_a_listing_in_the_directory_stays_open():
    account = make_provider().account
    with pytest.raises(StillInUse, match="providers"):
        closing.close_account(account=account, actor=owner_of(account))
    assert Account.objects.get(pk=account.pk).closed_at is None


def test_the_keys_of_a_closed_account_are_refused_and_it_gets_nothing_more():
    issued = make_key("fluxly")
    account = issued.key.account
    set_plan(account=account, product="fluxly", plan="full_stack")
    client = client_for(issued.secret)
    assert client.get("/api/links").status_code == 200
    closing._close(account.pk, None, by_operator=True)
    assert client.get("/api/links").status_code == 401
    with pytest.raises(AccountClosed):
        entitlements.claim(account, "fluxly", "live_links")
