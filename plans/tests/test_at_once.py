"""However many ask at once, the amount is exact. Needs a database that threads share."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts.errors import AccountClosed
from accounts.models import Account
from accounts.tests.factories import make_account
from plans import entitlements
from plans.errors import QuotaExhausted
from plans.models import UsageCounter
from plans.services import set_plan

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def claim_at_once(account: Account, product: str, counter: str, times: int) -> int:
    """Claim one from as many threads; return how many got it."""

    def take(_: int) -> bool:
        try:
            entitlements.claim(account, product, counter)
        except QuotaExhausted:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(take, range(times))).count(True)


@pytest.mark.parametrize(
    ("product", "counter", "amount"), [("fluximage", "compressions", 20), ("fluxly", "live_links", 50)]
)
def test_twenty_at_once_take_exactly_the_last_five(product, counter, amount):
    account = make_account()
    entitlements.claim(account, product, counter, amount - 5)
    assert claim_at_once(account, product, counter, 20) == 5
    assert UsageCounter.objects.get(account=account).used == amount


def test_forty_at_once_take_exactly_twenty_from_a_counter_that_is_new():
    account = make_account()
    assert claim_at_once(account, "fluximage", "compressions", 40) == 20
    assert UsageCounter.objects.get(account=account).used == 20


def test_two_first_subscriptions_at_once_become_one():
    account = make_account()

    def subscribe(plan: str) -> None:
        try:
            set_plan(account=account, product="fluximage", plan=plan)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(subscribe, ["starter", "pro", "agency", "starter"]))
    assert account.subscriptions.count() == 1


def test_a_counter_that_exists_is_taken_from_by_one_statement(django_assert_num_queries):
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions")
    with django_assert_num_queries(2):
        entitlements.claim(account, "fluximage", "compressions", 18)
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluximage", "compressions", 2)
    assert UsageCounter.objects.get(account=account).used == 19


def test_a_closed_account_takes_nothing_from_a_counter_that_exists():
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions")
    Account.objects.filter(pk=account.pk).update(closed_at=timezone.now())
    with pytest.raises(AccountClosed):
        entitlements.claim(account, "fluximage", "compressions")
    assert UsageCounter.objects.get(account=account).used == 1
