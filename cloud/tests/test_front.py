"""Kept answers are the same whichever way they are given: by the view, or before Django is entered."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from cloud import front, keeping
from cloud.backends import Answer

pytestmark = pytest.mark.once

# Of each answer alone.
OWN = {"age", "cache-control", "x-cache", "x-request-id"}


@pytest.fixture
def ways(be, node):
    """Return both ways, and how often Django was entered through the short one."""
    handler = BaseHandler()
    handler.load_middleware()
    entered: list[str] = []

    def django(environ, start_response):
        entered.append(environ["PATH_INFO"])
        response = handler.get_response(WSGIRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return response

    return django, front.answer_kept(django), entered


def ask(way, path: str, method: str = "GET", **headers: Any) -> tuple[str, dict[str, str], bytes]:
    environ = RequestFactory().generic(method, path, **headers).environ
    seen: list[Any] = []
    body = b"".join(way(environ, lambda status, names: seen.extend((status, names))))
    names = [name.lower() for name, _ in seen[1]]
    assert len(names) == len(set(names))
    return seen[0], {name.lower(): value for name, value in seen[1]}, body


def test_the_short_way_gives_what_the_view_gives(ways):
    django, short, entered = ways
    for path in ("/flux/version", "/FLUX/version/?b=2&a=1", "/daemon/getinfo"):
        ask(short, path)
        before = len(entered)
        status, headers, body = ask(short, path)
        assert len(entered) == before, "the second time Django is not entered"
        other_status, other_headers, other_body = ask(django, path)
        assert (status, body) == (other_status, other_body)
        assert {name: value for name, value in headers.items() if name not in OWN} == {
            name: value for name, value in other_headers.items() if name not in OWN
        }
        assert headers["x-cache"] == other_headers["x-cache"] == "HIT"
        assert headers["cache-control"].startswith("public, max-age=")


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("HEAD", {}),
        ("OPTIONS", {}),
        ("POST", {}),
        ("GET", {"HTTP_ZELIDAUTH": "zelid=a"}),
        ("GET", {"HTTP_IF_NONE_MATCH": '"x"'}),
        ("GET", {"HTTP_RANGE": "bytes=0-1"}),
        ("GET", {"HTTP_HOST": "other.example"}),
        ("GET", {"HTTP_ORIGIN": "https://other.example"}),
        ("GET", {"wsgi.url_scheme": "https"}),
    ],
)
def test_what_differs_from_a_simple_get_goes_to_the_view(ways, method, more):
    _, short, entered = ways
    for _ in range(2):
        ask(short, "/flux/version")
    before = len(entered)
    ask(short, "/flux/version", method, **more)
    assert len(entered) == before + 1


def test_an_answer_that_was_asked_for_anew_is_given_by_the_view_first(ways, node):
    _, short, entered = ways
    for _ in range(2):
        ask(short, "/flux/version")
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"success","data":"longer than before"}')
    keeping.answers().clear()
    _, headers, body = ask(short, "/flux/version")
    assert (len(entered), body.count(b"longer")) == (2, 1)
    assert headers["content-length"] == str(len(body))
    assert ask(short, "/flux/version")[2] == body
    assert len(entered) == 2
    # Asked for anew at another spelling: the headers that were noted here are no longer those of the answer.
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"success","data":"short"}')
    keeping.answers().clear()
    ask(short, "/FLUX/version")
    _, headers, body = ask(short, "/flux/version")
    assert (len(entered), headers["content-length"]) == (4, str(len(body)))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/daemon/getrawtransaction/00", b'{"status":"success","data":1}'),
        ("/flux/version", b'{"status":"error","data":{}}'),
        ("/flux/nothing", b""),
    ],
)
def test_private_answers_refusals_and_misses_are_the_views(ways, node, path, answer):
    _, short, entered = ways
    node.answer = lambda call: Answer(200, "application/json", answer)
    for count in (1, 2, 3):
        ask(short, path)
        assert len(entered) == count


def test_calls_of_the_short_way_count(ways, settings):
    settings.CLOUD = replace(settings.CLOUD, calls_per_minute=3)
    _, short, _ = ways
    statuses = [ask(short, "/flux/version")[0][:3] for _ in range(4)]
    assert statuses == ["200", "200", "200", "429"]
    assert ask(short, "/flux/version", REMOTE_ADDR="203.0.113.7")[0] == "200 OK"


def test_only_so_many_places_are_remembered(ways, monkeypatch):
    monkeypatch.setattr(front, "MOST_PLACES", 2)
    _, short, entered = ways
    for query in ("a=1", "a=2", "a=3"):
        ask(short, f"/flux/version?{query}")
    ask(short, "/flux/version?a=3")
    assert len(entered) == 3
    ask(short, "/flux/version?a=1")
    assert len(entered) == 4


def test_an_answer_with_a_cookie_is_not_given_to_anybody_else(node):
    def django(environ, start_response):
        environ[front.KEPT] = ("key", 0.0)
        start_response("200 OK", [("Set-Cookie", "a=b")])
        return [b""]

    seen: dict = {}
    front._note(seen, front.Place("/", "", "", "", ""), ("key", 0.0), [("Set-Cookie", "a=b")])
    assert seen == {}
    assert ask(front.answer_kept(django), "/flux/version")[1] == {"set-cookie": "a=b"}
