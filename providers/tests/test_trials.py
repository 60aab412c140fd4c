"""Tests of pulls in the web server: whose turn it is, how many there are at once, and what they can show."""

import pytest
from django.utils import timezone

from accounts.tests.pages import member_of, signed_in
from providers import claims, trials
from providers.models import HostTurn
from providers.tests.factories import make_provider
from providers.tests.feeds import make_source
from providers.tests.test_pull_api import URL, Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api(make_provider())


def test_a_test_waits_for_its_turn_at_the_host_but_not_for_long(feed, api, monkeypatch):
    monkeypatch.setattr("providers.trials._WAIT_SECONDS", 0.2)
    make_source(make_provider(), feed.url())
    assert len(claims.claim(1)) == 1
    make_source(api.provider, feed.url())
    answer = api.post("/pull/test")
    assert answer.status_code == 409
    assert "another pull" in answer.json()["message"]
    HostTurn.objects.update(until=timezone.now())
    assert api.post("/pull/test").status_code == 200


def test_an_account_tests_one_thing_at_a_time_whatever_the_host(feed, api):
    other = Api(make_provider())
    make_source(api.provider, feed.url())
    make_source(other.provider, feed.url())
    with trials.turn_of_account(api.provider.account_id):
        answer = api.post("/pull/test")
        assert answer.status_code == 409
        assert (
            answer.json()["message"] == "Another test of this account is under way. Try again when it has ended."
        )
        assert feed.asked == []
        assert other.post("/pull/test").status_code == 200
    assert api.post("/pull/test").status_code == 200


def test_tests_leave_most_of_the_web_servers_threads_to_others(feed, api, settings):
    settings.WEB_THREADS = 8
    make_source(api.provider, feed.url())
    with trials.place(), trials.place():
        answer = api.post("/pull/test")
        assert answer.status_code == 409
        assert answer.json()["message"] == "Too many tests are under way. Try again in a few seconds."
        assert feed.asked == []
    assert api.post("/pull/test").status_code == 200


def test_a_number_beyond_64_bits_is_shown_digit_by_digit(feed, api):
    feed.says({"n": 10**30})
    make_source(api.provider, feed.url(), format="mapping", mapping={"sla": "n", "totalNodes": "`5`"})
    data = api.post("/pull/test").json()["data"]
    assert data["mapped"] == {"sla": 10**30, "totalNodes": 5}
    mapping = {"totalNodes": {"path": "n", "default": 10**30}}
    assert api.put("/pull", {"url": URL, "format": "mapping", "mapping": mapping}).status_code == 200
    assert api.get("/pull").json()["data"]["mapping"] == mapping
    page = signed_in(member_of(api.provider.account)).get(f"/dashboard/providers/{api.provider.slug}/pull/")
    assert str(10**30) in page.content.decode()
