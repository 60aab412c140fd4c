"""Redirects: each is judged like the first address, counted, and told no secrets."""

import json
from pathlib import Path

import pytest

from egress.client import Limits, fetch
from egress.errors import BadAnswer, TooManyRedirects, Unreachable
from egress.tests.servers import PUBLIC, answer, redirect, says

pytestmark = pytest.mark.once

CASES = json.loads((Path(__file__).parent / "ssrf_cases.json").read_text())
REDIRECTING = [case for case in CASES if "redirect" in case]
BOTH = frozenset({"http", "https"})
OTHER = "93.184.216.35"


def get(url="http://example.com/", **options):
    return fetch(url, schemes=BOTH, **options)


def one_after_the_other(*answers):
    """Return a handler that gives each connection the next answer; the last repeats."""
    left = list(answers)
    return lambda connection: connection.sendall(left.pop(0) if len(left) > 1 else left[0])


@pytest.mark.parametrize("case", REDIRECTING, ids=lambda case: case["why"])
def test_a_hostile_redirect_is_not_followed(internet, names, case):
    names.answers |= case["dns"]
    internet.serve(one_after_the_other(*[redirect(location) for location in case["redirect"]]))
    with pytest.raises((Unreachable, TooManyRedirects)):
        get(case["url"])
    assert set(internet.peers) == {(PUBLIC, 80)}


HOSTILE = r"""
http://127.0.0.1/ http://[::1]/ http://0x7f.1/ http://0x0b.0.0.1/ //127.0.0.1/ //localhost/ ///127.0.0.1/
http:127.0.0.1/ http://user@example.com/ http://example.com:22/ http://169.254.169.254/ https://10.0.0.1/
http://private.example/ //private.example/ ftp://example.com/ file:///etc/passwd javascript:alert(1) data:,x
gopher://example.com/
http:\\127.0.0.1/ \\127.0.0.1\ /\127.0.0.1 http://example.com\@127.0.0.1/ HTTP://LOCALHOST/ http:/127.0.0.1/ http:///x
"""


@pytest.mark.parametrize("location", HOSTILE.split())
def test_a_redirect_to_a_disguised_place_is_not_followed(internet, names, location):
    names.answers["private.example"] = [["192.168.1.1"]]
    internet.serve(one_after_the_other(redirect(location), answer(b"reached")))
    with pytest.raises((Unreachable, BadAnswer)):
        get()
    assert internet.peers == [(PUBLIC, 80)]


@pytest.mark.parametrize("location", ["/b", "b", "./x/../b", "http://example.com/b", "//example.com/b", "/b#part"])
def test_a_redirect_is_followed_from_where_it_was_given(internet, location):
    server = internet.serve(one_after_the_other(redirect(location), answer(b"there")))
    fetched = get("http://example.com/a")
    assert (fetched.body, fetched.url) == (b"there", "http://example.com/b")
    assert server.requests[1].startswith(b"GET /b HTTP/1.1\r\n")
    assert fetched.received_bytes == len(redirect(location)) + len(answer(b"there"))


def test_a_redirect_to_other_letters_is_read_as_utf_8(internet, names):
    names.answers["xn--bcher-kva.example"] = [[OTHER]]
    internet.serve(one_after_the_other(redirect("/ü"), redirect("http://bücher.example/")))
    internet.serve(says(answer(b"there")), address=OTHER)
    assert get().url == "http://xn--bcher-kva.example/"


def test_every_hop_is_looked_up_once(internet, names):
    names.answers["other.example"] = [[OTHER], ["127.0.0.1"]]
    internet.serve(says(redirect("http://other.example/")))
    internet.serve(says(answer(b"there")), address=OTHER)
    assert get().body == b"there"
    assert names.asked == ["example.com", "other.example"]
    assert internet.peers == [(PUBLIC, 80), (OTHER, 80)]


def test_a_name_that_turns_private_between_two_hops_is_refused_at_the_second(internet, names):
    names.answers["example.com"] = [[PUBLIC], ["127.0.0.1"]]
    internet.serve(says(redirect("/again")))
    with pytest.raises(Unreachable):
        get()
    assert internet.peers == [(PUBLIC, 80)]


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_redirects_are_counted(internet, allowed):
    server = internet.serve(one_after_the_other(*[redirect("/")] * allowed, answer(b"there")))
    assert get(limits=Limits(max_redirects=allowed)).body == b"there"
    server.requests.clear()
    internet.serve(says(redirect("/")))
    with pytest.raises(TooManyRedirects):
        get(limits=Limits(max_redirects=allowed))
    assert len(internet.peers) == 2 * (allowed + 1)


def test_https_is_not_left_for_http(internet, names, authority):
    internet.serve(says(redirect("http://example.com/")), port=443, tls=authority.server("example.com"))
    internet.serve(says(answer(b"reached")))
    with pytest.raises(Unreachable):
        get("https://example.com/")
    assert internet.peers == [(PUBLIC, 443)]


def test_https_stays_required_after_a_detour(internet, authority):
    tls = authority.server("example.com")
    internet.serve(one_after_the_other(redirect("/b"), redirect("http://example.com/c")), port=443, tls=tls)
    internet.serve(says(redirect("https://example.com/a")))
    with pytest.raises(Unreachable):
        get()
    assert internet.peers == [(PUBLIC, 80), (PUBLIC, 443), (PUBLIC, 443)]


SECRETS = {"Authorization": "Bearer hush", "X-Api-Key": "hush", "Cookie": "a=hush", "Accept": "text/json"}


@pytest.mark.parametrize(
    ("location", "address", "port"),
    [
        ("http://other.example/", OTHER, 80),
        ("http://example.com:8080/", PUBLIC, 8080),
        ("https://example.com/", PUBLIC, 443),
    ],
    ids=["host", "port", "scheme"],
)
def test_another_origin_gets_no_credential(internet, names, authority, location, address, port):
    names.answers["other.example"] = [[OTHER]]
    first = internet.serve(says(redirect(location)))
    tls = authority.server("example.com") if port == 443 else None
    second = internet.serve(says(answer()), address=address, port=port, tls=tls)
    get(headers=SECRETS | {"If-None-Match": '"a"', "User-Agent": "mine"})
    assert first.requests[0].count(b"hush") == 3
    assert b"hush" not in second.requests[0]
    for kept in (b"accept: text/json", b'if-none-match: "a"', b"user-agent: mine"):
        assert b"\r\n" + kept + b"\r\n" in second.requests[0]


def test_the_same_origin_gets_the_credentials_again(internet):
    server = internet.serve(one_after_the_other(redirect("/b"), answer()))
    get(headers=SECRETS)
    assert server.requests[1].count(b"hush") == 3


def test_credentials_do_not_come_back_with_the_way_back(internet, names):
    names.answers["other.example"] = [[OTHER]]
    first = internet.serve(one_after_the_other(redirect("http://other.example/"), answer()))
    internet.serve(says(redirect("http://example.com/")), address=OTHER)
    get(headers=SECRETS)
    assert b"hush" not in first.requests[1]


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "PUT", "PUT"),
        (302, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
    ],
)
def test_the_method_after_a_redirect_is_the_one_that_browsers_take(internet, status, method, then):
    server = internet.serve(one_after_the_other(redirect("/b", f"{status} Moved"), answer()))
    content = None if method == "HEAD" else b"abc"
    get(method=method, content=content, headers={"Content-Type": "text/plain"})
    assert server.requests[1].startswith(f"{then} /b ".encode())
    assert server.requests[1].endswith(b"\r\n\r\nabc") == (then in {"POST", "PUT"})
    assert (b"content-type" in server.requests[1]) == (then != "GET")


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_statuses_with_a_location_are_answers(internet, status):
    internet.serve(says(redirect("/b", f"{status} Other")))
    assert get().status == status


def test_a_redirect_that_names_no_place_is_an_answer(internet):
    internet.serve(says(answer(b"where to?", status="302 Found")))
    assert (get().status, get().body) == (302, b"where to?")


@pytest.mark.parametrize("location", ["/a b", "/a\\b", "/a\tb"])
def test_a_redirect_that_browsers_would_have_to_mend_is_a_bad_answer(internet, location):
    internet.serve(one_after_the_other(redirect(location), answer()))
    with pytest.raises(BadAnswer):
        get()


def test_two_places_in_one_redirect_lead_nowhere(internet):
    twice = answer(b"", "Location: http://example.com/a", "Location: http://example.com/b", status="302 Found")
    internet.serve(one_after_the_other(twice, answer()))
    with pytest.raises(Unreachable):
        get()
    assert len(internet.peers) == 1


def test_the_body_of_a_redirect_is_not_read(internet):
    def endless(connection):
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://example.com:8080/\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    internet.serve(endless)
    internet.serve(says(answer(b"there")), port=8080)
    fetched = get()
    assert fetched.body == b"there"
    assert fetched.received_bytes < 70_000
