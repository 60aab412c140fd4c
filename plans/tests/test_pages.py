from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from audit.models import AuditEvent
from plans.entitlements import claim, plan_of
from plans.models import Status, Subscription, UsageCounter
from plans.services import set_plan

pytestmark = pytest.mark.django_db
URL = "/dashboard/plans/"


def page_of(account) -> str:
    return signed_in(owner_of(account)).get(URL).content.decode()


def test_the_page_is_for_people_who_signed_in():
    assert Client().get(URL)["Location"] == f"/accounts/login/?next={URL}"


def test_an_account_without_subscriptions_has_the_lowest_plan_of_each_product():
    page = page_of(make_account())
    for title in ("Fluxme", "FluxStore", "Fluxly", "Fluximage"):
        assert title in page
    assert "Included" in page
    assert "0 of 50" in page
    assert "0 of 20" in page


def test_usage_is_shown_as_a_bar_with_its_numbers():
    account = make_account()
    set_plan(account=account, product="fluxly", plan="full_stack")
    claim(account, "fluxly", "live_links", 1234)
    page = page_of(account)
    assert "1,234 of 100,000" in page
    assert 'max="100000" value="1234"' in page
    assert "Full Stack" in page


def test_a_limit_that_is_used_up_says_until_when():
    account = make_account()
    claim(account, "fluximage", "compressions", 20)
    page = page_of(account)
    assert 'class="bad" max="20" value="20"' in page
    assert "Used up until" in page


def test_the_billing_period_starts_on_the_subscriptions_day():
    account = make_account()
    subscription = set_plan(account=account, product="fluximage", plan="pro")
    Subscription.objects.filter(pk=subscription.pk).update(anchored_at=timezone.now() - timedelta(days=3))
    start, end = Subscription.objects.get(pk=subscription.pk).period()
    assert f"{start:%-d %b %Y} to {end:%-d %b %Y}" in page_of(account)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": Status.CANCELLED}, "The Pro plan was cancelled"),
        ({"until": timezone.now() - timedelta(days=1)}, "The Pro plan ended on"),
        ({"status": Status.PAST_DUE}, "Past due"),
    ],
)
def test_a_plan_that_does_not_count_any_more_says_so(change, words):
    account = make_account()
    set_plan(account=account, product="fluxstore", plan="pro", **change)
    assert words in page_of(account)


def test_the_page_shows_the_account_in_use_and_no_other():
    account, other = make_account(), make_account()
    set_plan(account=other, product="fluxly", plan="full_stack")
    page = signed_in(member_of(account)).get(URL).content.decode()
    assert account.name in page
    assert "Full Stack" not in page


def test_the_overview_has_a_panel_with_plans_and_usage():
    account = make_account()
    set_plan(account=account, product="fluximage", plan="starter")
    claim(account, "fluximage", "compressions", 170)
    page = signed_in(owner_of(account)).get("/dashboard/").content.decode()
    assert "Starter" in page
    assert 'class="warn" max="200" value="170"' in page


def test_the_page_asks_the_database_as_often_for_many_rows_as_for_none():
    account = make_account()
    client = signed_in(owner_of(account))
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for months in range(1, 20):
        UsageCounter.objects.create(
            account=account,
            product="fluximage",
            counter="compressions",
            period_start=timezone.now() - timedelta(days=31 * months),
        )
    with CaptureQueriesContext(connection) as many:
        client.get(URL)
    assert len(many) == len(few)


def test_the_page_asks_no_other_host():
    assert outside_addresses(page_of(make_account())) == []


def admin():
    return signed_in(make_user(is_staff=True, is_superuser=True))


def form(account, **overrides):
    fields = {"account": account.pk, "product": "fluxly", "plan": "full_stack", "status": "active"}
    return fields | {"ends_at_0": "", "ends_at_1": ""} | overrides


def test_staff_set_a_plan_through_the_service():
    account, client = make_account(), admin()
    assert client.get("/admin/plans/subscription/add/").status_code == 200
    assert client.post("/admin/plans/subscription/add/", form(account)).status_code == 302
    assert plan_of(account, "fluxly").name == "full_stack"
    subscription = Subscription.objects.get()
    url = f"/admin/plans/subscription/{subscription.pk}/change/"
    assert client.get(url).status_code == 200
    assert client.post(url, form(account, status="cancelled")).status_code == 302
    assert plan_of(account, "fluxly").name == "free"
    events = AuditEvent.objects.filter(action="subscription.changed")
    assert events.count() == 2
    assert all(event.actor.startswith("user:") for event in events)
    assert client.get("/admin/plans/subscription/").status_code == 200


def test_staff_cannot_give_a_plan_of_another_product():
    account = make_account()
    answer = admin().post("/admin/plans/subscription/add/", form(account, plan="agency"))
    assert answer.status_code == 200
    assert "Fluxly has: free, full_stack." in answer.content.decode()
    assert not Subscription.objects.exists()


def test_subscriptions_are_ended_not_deleted_and_counters_are_only_seen():
    account, client = make_account(), admin()
    subscription = set_plan(account=account, product="fluxly", plan="full_stack")
    claim(account, "fluxly", "live_links")
    counter = UsageCounter.objects.get()
    assert client.post(f"/admin/plans/subscription/{subscription.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/plans/usagecounter/").status_code == 200
    assert client.get(f"/admin/plans/usagecounter/{counter.pk}/change/").status_code == 200
    assert client.post(f"/admin/plans/usagecounter/{counter.pk}/change/", {"used": 0}).status_code == 403
    assert client.get("/admin/plans/usagecounter/add/").status_code == 403
