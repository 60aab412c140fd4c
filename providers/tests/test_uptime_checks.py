"""One look at a status page, at a real server of this machine."""

import pytest

from egress import client
from egress.client import Limits
from egress.errors import BadAnswer
from providers import checks
from providers.checks import Answer, check

pytestmark = pytest.mark.once


@pytest.mark.parametrize("status", [200, 204, 304])
def test_a_page_that_answers_is_up_and_asked_once(status_page, status):
    status_page.status = status
    assert check(status_page.url) == Answer("", has_answered=True)
    assert status_page.asked == ["HEAD"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_page_that_answers_with_an_error_is_down(status_page, status):
    status_page.status = status
    assert check(status_page.url) == Answer(f"http_{status}", has_answered=True)
    assert status_page.asked == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_server_that_does_not_know_head_is_asked_for_the_page(status_page, status):
    status_page.head_status = status
    assert check(status_page.url).is_up


def test_a_page_too_long_to_read_is_judged_by_what_was_said_to_head(status_page):
    status_page.body = b"x" * 100_000
    status_page.head_status = 405
    assert check(status_page.url).is_up
    status_page.head_status = status_page.status = 503
    assert check(status_page.url) == Answer("http_503", has_answered=True)


def test_nobody_there_is_no_answer(status_page):
    status_page.stop()
    assert check(status_page.url) == Answer("unreachable", has_answered=False)
    status_page.start()
    assert check(status_page.url).is_up


def test_a_page_that_thinks_too_long_is_down(status_page, monkeypatch):
    monkeypatch.setattr(checks, "LIMITS", Limits(seconds=0.3))
    status_page.seconds = 1
    assert check(status_page.url) == Answer("too_slow", has_answered=False)


def test_an_answer_that_ends_too_early_is_down(status_page, monkeypatch):
    def broken(url, *, method="GET", **_):
        raise BadAnswer

    monkeypatch.setattr(client, "fetch", broken)
    assert check(status_page.url) == Answer("bad_answer", has_answered=True)


@pytest.mark.parametrize(
    "url", ["http://93.184.216.34/", "https://127.0.0.1/", "https://10.0.0.1/", "ftp://a.com/"]
)
def test_only_public_encrypted_pages_are_asked(url):
    assert check(url) == Answer("unreachable", has_answered=False)
