"""Look-ups end in time, and a name server that never answers holds up its own site alone."""

import socket
import threading
import time

import pytest

from egress import addresses
from egress.addresses import AddressRefused, LookupOverdue, check
from egress.client import Limits, fetch
from egress.errors import TooSlow
from egress.lookups import LookupFailed, Lookups, LookupTooSlow

pytestmark = pytest.mark.once


class StuckResolver:
    """Stands in for `socket.getaddrinfo`: names of stuck sites wait until the test lets them go."""

    def __init__(self):
        self.let_go = threading.Event()
        self.asked = []

    def __call__(self, host, port, *_args, **_kwargs):
        self.asked.append(host)
        if host.endswith(("stuck.example", "stuck.co.uk")):
            self.let_go.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]


@pytest.fixture
def resolver(monkeypatch):
    stuck = StuckResolver()
    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    # A table of its own for each test: look-ups that another one left stuck are not counted here.
    monkeypatch.setattr(addresses, "_lookups", Lookups(places=8, places_of_a_site=3))
    yield stuck
    stuck.let_go.set()


def test_a_look_up_that_never_ends_is_given_up_in_time(resolver):
    started = time.monotonic()
    with pytest.raises(LookupOverdue, match=r"took longer than 0\.2 s"):
        check("https://stuck.example/", seconds=0.2)
    assert 0.2 <= time.monotonic() - started < 2


def test_a_fetch_says_that_it_was_too_slow(resolver):
    with pytest.raises(TooSlow):
        fetch("https://stuck.example/", limits=Limits(seconds=0.2))


def test_a_stuck_site_holds_up_itself_and_nobody_else(resolver):
    for n in range(3):
        with pytest.raises(LookupOverdue):
            check(f"https://{n}.stuck.example/", seconds=0.05)
    with pytest.raises(LookupOverdue, match="too many look-ups"):
        check("https://4.stuck.example/", seconds=0.05)
    assert len(resolver.asked) == 3
    assert check("https://example.com/", seconds=2).address == "93.184.216.34"


def test_sites_below_one_registry_do_not_hold_up_each_other(resolver):
    for n in range(4):
        with pytest.raises(LookupOverdue):
            check(f"https://{n}.stuck.co.uk/", seconds=0.05)
    assert len(resolver.asked) == 3
    assert check("https://example.co.uk/", seconds=2).address == "93.184.216.34"


def test_a_place_that_becomes_free_is_taken_at_once(resolver):
    for n in range(3):
        with pytest.raises(LookupOverdue):
            check(f"https://{n}.stuck.example/", seconds=0.05)
    started = time.monotonic()
    threading.Timer(0.1, resolver.let_go.set).start()
    assert check("https://free.stuck.example/", seconds=15).host == "free.stuck.example"
    assert time.monotonic() - started < 10


def test_all_look_ups_together_are_bounded(resolver):
    lookups = Lookups(places=2, places_of_a_site=2)
    for n in range(2):
        with pytest.raises(LookupTooSlow):
            lookups.addresses(f"{n}.stuck.example", 443, seconds=0.05)
    with pytest.raises(LookupTooSlow, match="too many"):
        lookups.addresses("example.com", 443, seconds=0.05)


def test_places_are_given_back_whatever_comes_of_a_look_up(resolver, monkeypatch):
    lookups = Lookups(places=1, places_of_a_site=1)
    for fault in (socket.gaierror("no such name"), UnicodeError("label too long")):
        monkeypatch.setattr(socket, "getaddrinfo", _raising(fault))
        with pytest.raises(LookupFailed, match="no address"):
            lookups.addresses("example.com", 443, seconds=1)
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    assert lookups.addresses("example.com", 443, seconds=1) == ["93.184.216.34"]


def test_without_another_thread_the_look_up_fails_and_its_place_is_free_again(resolver, monkeypatch):
    lookups = Lookups(places=1, places_of_a_site=1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _raising(RuntimeError("can't start new thread")))
        with pytest.raises(LookupFailed, match="no thread"):
            lookups.addresses("example.com", 443, seconds=1)
    assert lookups.addresses("example.com", 443, seconds=1) == ["93.184.216.34"]


def test_what_a_resolver_says_is_judged_even_if_it_is_no_address(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [(1, 1, 0, "", ("/run/socket", 0))])
    with pytest.raises(AddressRefused, match="something else"):
        check("https://example.com/")


def _raising(fault):
    def fail(*_args, **_options):
        raise fault

    return fail
