"""What an account may do, how much, and that the amount is exact."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.tests.factories import make_account
from api.envelopes import ENVELOPES
from plans import catalogue, entitlements
from plans.errors import PlanRequired, QuotaExhausted
from plans.models import Status, Subscription, UsageCounter
from plans.tests.factories import make_subscription, set_clock

pytestmark = pytest.mark.django_db


def used(account, counter="compressions") -> list[int]:
    rows = UsageCounter.objects.filter(account=account, counter=counter).order_by("pk")
    return list(rows.values_list("used", flat=True))


# --- May it? ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "plan"), [("fluxme", "listing"), ("fluxstore", "free"), ("fluxly", "free"), ("fluximage", "free")]
)
def test_without_a_subscription_the_lowest_plan_counts(product, plan):
    assert entitlements.plan_of(make_account(), product).name == plan


def test_a_live_subscription_counts():
    account = make_subscription("fluxly", "full_stack").account
    assert entitlements.allows(account, "fluxly", "api")
    assert not entitlements.allows(account, "fluxstore", "api")


@pytest.mark.parametrize(
    ("status", "ends_in", "is_live"),
    [
        (Status.ACTIVE, None, True),
        (Status.ACTIVE, timedelta(days=1), True),
        (Status.ACTIVE, timedelta(seconds=-1), False),
        (Status.PAST_DUE, None, True),
        (Status.PAST_DUE, timedelta(seconds=-1), False),
        (Status.CANCELLED, None, False),
        (Status.CANCELLED, timedelta(days=1), False),
    ],
)
def test_a_subscription_counts_until_it_lapses_or_is_cancelled(status, ends_in, is_live):
    until = timezone.now() + ends_in if ends_in else None
    subscription = make_subscription("fluxstore", "pro", status=status, until=until)
    assert subscription.is_live() is is_live
    assert entitlements.allows(subscription.account, "fluxstore", "api") is is_live
    assert subscription.live_plan().name == ("pro" if is_live else "free")


def test_a_plan_lapses_at_its_last_second_exactly(monkeypatch):
    end = datetime(2027, 1, 31, tzinfo=UTC)
    subscription = make_subscription("fluxstore", "pro", until=end)
    assert subscription.is_live(end - timedelta(microseconds=1))
    assert not subscription.is_live(end)


@pytest.mark.parametrize(
    ("product", "feature", "status", "required"),
    [
        ("fluxstore", "api", 403, "pro"),
        ("fluxly", "api", 402, "full_stack"),
        ("fluxly", "password", 402, "full_stack"),
        ("fluximage", "api", 403, "starter"),
        ("fluximage", "batch", 403, "agency"),
        ("fluxme", "flying", 403, ""),
    ],
)
def test_a_missing_feature_is_refused_with_the_status_of_the_product(product, feature, status, required):
    with pytest.raises(PlanRequired) as caught:
        entitlements.require(make_account(), product, feature)
    error = caught.value
    assert (error.status, error.code) == (status, "plan_required")
    assert error.extra == {"feature": feature, "required_plan": required}


def test_a_feature_that_the_plan_has_is_not_refused():
    account = make_subscription("fluximage", "agency").account
    entitlements.require(account, "fluximage", "batch")


def test_fluxly_names_the_feature_and_the_plan_that_has_it():
    with pytest.raises(PlanRequired) as caught:
        entitlements.require(make_account(), "fluxly", "custom_slug")
    assert ENVELOPES["fluxly"].refuse(caught.value) == {
        "detail": "Your Fluxly plan does not include this (custom slug). It needs an active Full Stack plan.",
        "code": "plan_required",
        "feature": "custom_slug",
        "required_plan": "full_stack",
    }


def test_the_other_envelopes_have_no_room_for_more_than_the_sentence():
    with pytest.raises(PlanRequired) as caught:
        entitlements.require(make_account(), "fluxstore", "api")
    for product in ("fluxme", "fluxstore", "fluximage"):
        assert "pro" not in ENVELOPES[product].refuse(caught.value).values()
        assert "feature" not in ENVELOPES[product].refuse(caught.value)


@pytest.mark.parametrize("product", catalogue.PRODUCTS.values(), ids=lambda product: product.name)
def test_every_plan_is_found_by_its_name(product):
    assert [product.plan(plan.name) for plan in product.plans] == list(product.plans)
    with pytest.raises(KeyError):
        product.plan("golden")


# --- How much? ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "plan", "counter", "amount"),
    [
        ("fluximage", "free", "compressions", 20),
        ("fluximage", "starter", "compressions", 200),
        ("fluximage", "pro", "compressions", 50_000),
        ("fluximage", "agency", "compressions", 50_000),
        ("fluxly", "free", "live_links", 50),
        ("fluxly", "full_stack", "live_links", 100_000),
        ("fluxly", "free", "wishes", 0),
    ],
)
def test_a_plan_gives_an_amount(product, plan, counter, amount):
    account = make_subscription(product, plan).account
    assert entitlements.limit_of(account, product, counter) == amount


def test_an_account_takes_its_amount_and_no_more():
    account = make_account()
    for _ in range(20):
        entitlements.claim(account, "fluximage", "compressions")
    with pytest.raises(QuotaExhausted) as caught:
        entitlements.claim(account, "fluximage", "compressions")
    assert (caught.value.status, caught.value.code) == (402, "quota_exhausted")
    assert caught.value.message == "Your plan's 20 compressions are used up."
    assert caught.value.extra == {"feature": "compressions", "required_plan": "starter"}
    assert used(account) == [20]


def test_several_are_taken_together_or_not_at_all():
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions", 18)
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluximage", "compressions", 3)
    assert used(account) == [18]
    entitlements.claim(account, "fluximage", "compressions", 2)
    assert used(account) == [20]


def test_more_than_there_ever_is_leaves_nothing_behind():
    account = make_account()
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluximage", "compressions", 21)
    assert used(account) == []


def test_a_counter_that_the_plan_lacks_gives_nothing():
    with pytest.raises(QuotaExhausted) as caught:
        entitlements.claim(make_account(), "fluxstore", "links")
    assert (caught.value.status, caught.value.extra["required_plan"]) == (403, "")


def test_an_unlimited_counter_never_ends(monkeypatch):
    plan = catalogue.Plan("free", "Free", limits={"links": catalogue.Limit(catalogue.UNLIMITED)})
    product = catalogue.Product("fluxly", "Fluxly", (plan,), 402, 402)
    monkeypatch.setattr(entitlements, "PRODUCTS", {"fluxly": product})
    account = make_account()
    for _ in range(3):
        entitlements.claim(account, "fluxly", "links", 10**9)
    assert used(account, "links") == [3 * 10**9]
    assert entitlements.limit_of(account, "fluxly", "links") is None


def test_what_an_operator_gives_is_counted_and_not_limited():
    account = make_account()
    for amount in (1, 2):
        entitlements.claim(account, "fluxstore", "stores", amount, by_operator=True)
    assert used(account, "stores") == [3]
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluxstore", "stores")


def test_when_no_plan_gives_more_none_is_named():
    account = make_subscription("fluxly", "full_stack").account
    UsageCounter.objects.create(account=account, product="fluxly", counter="live_links", used=100_000)
    with pytest.raises(QuotaExhausted) as caught:
        entitlements.claim(account, "fluxly", "live_links")
    assert caught.value.extra["required_plan"] == ""


def test_accounts_products_and_counters_do_not_share():
    first, second = make_account(), make_account()
    entitlements.claim(first, "fluximage", "compressions", 20)
    entitlements.claim(second, "fluximage", "compressions", 20)
    entitlements.claim(first, "fluxly", "live_links", 50)


def test_a_claim_goes_with_the_transaction_that_failed():
    account = make_account()
    with transaction.atomic():
        entitlements.claim(account, "fluximage", "compressions", 5)
        transaction.set_rollback(True)
    assert used(account) == []


# --- Periods ------------------------------------------------------------------------------------------


def test_a_new_period_gives_the_amount_anew(monkeypatch):
    set_clock(monkeypatch, datetime(2027, 1, 31, 12, tzinfo=UTC))
    account = make_subscription("fluximage", "starter").account
    entitlements.claim(account, "fluximage", "compressions", 200)
    set_clock(monkeypatch, datetime(2027, 2, 28, 11, 59, tzinfo=UTC))
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluximage", "compressions")
    set_clock(monkeypatch, datetime(2027, 2, 28, 12, tzinfo=UTC))
    entitlements.claim(account, "fluximage", "compressions", 200)
    assert used(account) == [200, 200]


def test_without_a_subscription_periods_begin_on_the_day_the_account_was_opened(monkeypatch):
    account = make_account()
    account.created_at = datetime(2027, 1, 10, tzinfo=UTC)
    account.save()
    set_clock(monkeypatch, datetime(2027, 3, 9, 23, tzinfo=UTC))
    (usage,) = entitlements.usage_of(account, "fluximage")
    assert usage.period_start == datetime(2027, 2, 10, tzinfo=UTC)
    assert usage.period_end == datetime(2027, 3, 10, tzinfo=UTC)


def test_what_exists_now_is_counted_for_life(monkeypatch):
    account = make_account()
    entitlements.claim(account, "fluxly", "live_links", 50)
    set_clock(monkeypatch, timezone.now() + timedelta(days=400))
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, "fluxly", "live_links")


def test_usage_tells_every_limit_with_what_is_used_of_it():
    account = make_subscription("fluximage", "starter").account
    entitlements.claim(account, "fluximage", "compressions", 7)
    (usage,) = entitlements.usage_of(account, "fluximage")
    subscription = account.subscriptions.get()
    assert (usage.counter, usage.used, usage.limit) == ("compressions", 7, 200)
    assert (usage.period_start, usage.period_end) == subscription.period()
    (links,) = entitlements.usage_of(account, "fluxly")
    assert (links.counter, links.used, links.limit, links.period_start, links.period_end) == (
        "live_links",
        0,
        50,
        None,
        None,
    )


# --- Giving back --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("product", "counter"), [("fluximage", "compressions"), ("fluxly", "live_links")])
def test_what_is_given_back_can_be_taken_again(product, counter):
    account = make_account()
    amount = entitlements.limit_of(account, product, counter)
    assert amount is not None
    entitlements.claim(account, product, counter, amount)
    entitlements.release(account, product, counter, 2)
    entitlements.claim(account, product, counter, 2)
    with pytest.raises(QuotaExhausted):
        entitlements.claim(account, product, counter)


def test_nothing_is_given_back_below_zero():
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions")
    entitlements.release(account, "fluximage", "compressions", 2)
    assert used(account) == [1]
    entitlements.release(make_account(), "fluximage", "compressions")


def test_a_claim_is_given_back_to_the_period_it_was_made_in(monkeypatch):
    claimed_at = datetime(2027, 1, 31, 12, tzinfo=UTC)
    set_clock(monkeypatch, claimed_at)
    account = make_subscription("fluximage", "starter").account
    entitlements.claim(account, "fluximage", "compressions", 5)
    set_clock(monkeypatch, datetime(2027, 3, 5, tzinfo=UTC))
    entitlements.claim(account, "fluximage", "compressions", 7)
    entitlements.release(account, "fluximage", "compressions", 2, claimed_at=claimed_at)
    assert used(account) == [3, 7]
    entitlements.release(account, "fluximage", "compressions", 2)
    assert used(account) == [3, 5]


def test_a_claim_from_before_a_renewal_is_not_given_back_to_the_new_period(monkeypatch):
    claimed_at = datetime(2027, 1, 15, tzinfo=UTC)
    set_clock(monkeypatch, claimed_at)
    subscription = make_subscription("fluximage", "starter", until=datetime(2027, 1, 20, tzinfo=UTC))
    account = subscription.account
    entitlements.claim(account, "fluximage", "compressions", 5)
    set_clock(monkeypatch, datetime(2027, 1, 25, tzinfo=UTC))
    make_subscription("fluximage", "starter", account=account)
    entitlements.claim(account, "fluximage", "compressions", 7)
    entitlements.release(account, "fluximage", "compressions", 2, claimed_at=claimed_at)
    assert used(account) == [3, 7]


# --- The database's own word --------------------------------------------------------------------------


@pytest.mark.parametrize("start", [None, datetime(2027, 1, 1, tzinfo=UTC)])
def test_there_is_one_counter_for_each_period_and_it_is_never_negative(start):
    fields = {"account": make_account(), "product": "fluxly", "counter": "a", "period_start": start}
    row = UsageCounter.objects.create(**fields, used=3)
    assert str(row) == "fluxly a: 3"
    for wrong in (lambda: UsageCounter.objects.create(**fields), lambda: UsageCounter.objects.update(used=-1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_there_is_one_subscription_for_each_product_with_a_known_status():
    subscription = make_subscription("fluxly", "full_stack")
    assert str(subscription) == f"fluxly full_stack of account {subscription.account_id}"
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(account=subscription.account, product="fluxly", plan="free")
    with pytest.raises(DatabaseError), transaction.atomic():
        Subscription.objects.update(status="unknown")
