"""Many at once, on a database that lets them."""

from collections import Counter

import pytest
from django.test import Client

from apikeys.tests.factories import client_for, make_key
from links.models import Click, Link
from links.tests.factories import TARGET, deliver, full_stack_account, make_link
from plans.models import UsageCounter
from tests.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_50_creations_of_one_slug_at_once_one_wins():
    secrets = [make_key("fluxly").secret for _ in range(10)]

    def create(n):
        body = {"target_url": TARGET, "custom_slug": "launch-day"}
        return client_for(secrets[n % 10]).post("/api/links", body, format="json").status_code

    assert Counter(at_once(50, create)) == {201: 1, 409: 49}
    assert Link.objects.count() == 1
    assert sum(UsageCounter.objects.values_list("used", flat=True)) == 1


def test_of_creations_of_look_alikes_at_once_one_wins():
    secrets = [make_key("fluxly").secret for _ in range(4)]
    names = ["paypal", "paypaI", "paypa1", "paypai"]

    def create(n):
        body = {"target_url": TARGET, "custom_slug": names[n % 4]}
        return client_for(secrets[n % 4]).post("/api/links", body, format="json").status_code

    assert Counter(at_once(12, create)) == {201: 1, 409: 11}


def test_of_50_equal_wishes_at_once_one_makes_the_link_and_the_others_find_it():
    account = full_stack_account()
    secret = make_key("fluxly", account=account).secret
    body = {"target_url": TARGET, "title": "One", "find_if_exists": True}
    answers = at_once(50, lambda _: client_for(secret).post("/api/links", body, format="json"))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    assert len({answer.json()["link_id"] for answer in answers}) == 1
    assert Link.objects.count() == UsageCounter.objects.get(account=account).used == 1


def test_a_slug_that_is_deleted_and_wanted_at_once_is_refused_and_never_fails():
    account = full_stack_account()
    secret = make_key("fluxly", account=account).secret
    links = [make_link(account=account, custom_slug=f"launch-{n}") for n in range(20)]

    def call(n):
        link = links[n // 2]
        if n % 2:
            return client_for(secret).delete(f"/api/links/{link.link_id}").status_code
        body = {"target_url": TARGET, "custom_slug": link.slug}
        return client_for(secret).post("/api/links", body, format="json").status_code

    assert Counter(at_once(40, call)) == {204: 20, 409: 20}
    assert UsageCounter.objects.get(account=account).used == 0


def test_a_link_with_ten_clicks_is_followed_exactly_ten_times_by_50_at_once():
    link = make_link(max_clicks=10)
    statuses = Counter(at_once(50, lambda _: Client().get(f"/r/{link.slug}").status_code))
    assert statuses == {302: 10, 410: 40}
    deliver()
    assert link.click_count == Click.objects.count() == 10


def test_a_link_deleted_many_times_at_once_gives_its_place_back_once():
    account = full_stack_account()
    kept, link = make_link(account=account), make_link(account=account)
    secret = make_key("fluxly", account=account).secret
    call = lambda _: client_for(secret).delete(f"/api/links/{link.link_id}").status_code  # noqa: E731
    assert Counter(at_once(12, call)) == {204: 1, 404: 11}
    assert UsageCounter.objects.get(account=account).used == 1
    assert Link.objects.of(account).get() == kept
