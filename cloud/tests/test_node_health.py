"""Checks of nodes: what a worker sees, and what every process then does."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from cloud import nodes, services
from cloud.backends import Call
from cloud.callers import PUBLIC, Caller
from cloud.health import check_nodes
from cloud.models import NodeHealth, Session
from cloud.route_table import ROUTES
from cloud.tasks import check_nodes as task
from cloud.tests.factories import make_session
from cloud.tests.stub_nodes import free_address, stub_nodes

pytestmark = pytest.mark.django_db
APP_OWNER = next(route for route in ROUTES if route.literal == "/apps/appowner")
RESTART = next(route for route in ROUTES if route.literal == "/flux/restart")


@pytest.fixture
def two(settings):
    nodes.forget()
    with stub_nodes("a", "b") as both:
        settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=tuple(node.url for node in both))
        yield both
    nodes.forget()


def checked(times: int = 1) -> dict[str, bool]:
    for _ in range(times):
        check_nodes()
    nodes.forget()
    return dict(NodeHealth.objects.values_list("address", "is_up"))


def for_everybody(addresses: tuple[str, ...]) -> set[str]:
    return {address for _ in range(20) for address in nodes.candidates(addresses, Call(APP_OWNER))}


def test_a_node_that_fails_twice_gets_no_call_until_it_succeeded_three_times(two, settings):
    a, b = two
    both = settings.CLOUD.nodes
    assert checked() == {a.url: True, b.url: True}
    assert for_everybody(both) == {a.url, b.url}
    a.is_dying = True
    assert checked() == {a.url: True, b.url: True}
    assert checked() == {a.url: False, b.url: True}
    assert for_everybody(both) == {b.url}
    assert nodes.candidates(both, Call(RESTART)) == (b.url,)
    a.is_dying = False
    assert checked(2) == {a.url: False, b.url: True}
    assert checked() == {a.url: True, b.url: True}
    assert for_everybody(both) == {a.url, b.url}


def test_a_node_that_is_behind_or_silent_about_its_version_is_not_healthy(two):
    a, b = two
    a.height, b.height = 989, 1000
    assert checked(2) == {a.url: False, b.url: True}
    assert NodeHealth.objects.get(pk=a.url).error == "It is 11 blocks behind."
    a.height, b.version = 1000, None
    assert checked(3) == {a.url: True, b.url: False}


def test_a_node_with_a_false_height_takes_no_other_out(settings):
    nodes.forget()
    with stub_nodes("a", "b", "c") as three:
        settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=tuple(node.url for node in three))
        three[2].height = 2_000_000_000
        assert checked(2) == {node.url: True for node in three}
        assert nodes.status(settings.CLOUD.nodes).height == 1000
        # More than any daemon counts: this one is not believed, and the checks go on.
        three[2].height = 2**64 - 1
        assert checked(2) == {three[0].url: True, three[1].url: True, three[2].url: False}
        three[1].height = 900
        assert checked(2)[three[1].url] is False


@pytest.mark.parametrize("answer", [(200, "text/html", b"<html>"), (500, "application/json", b"{}")])
def test_what_is_no_node_is_not_healthy(two, monkeypatch, answer):
    monkeypatch.setattr(two[0], "answer_to", lambda target: answer)
    assert checked()[two[0].url] is False


def test_a_session_moves_only_when_its_node_is_out_and_stays_where_it_went(two, settings):
    a, b = two
    both = settings.CLOUD.nodes
    session = make_session()
    call = Call(RESTART, caller=Caller(session.zelid, "admin", session.pk, session.phrase))
    checked()
    (first,) = nodes.candidates(both, call)
    node, other = (a, b) if first == a.url else (b, a)
    node.is_dying = True
    checked(2)
    assert nodes.candidates(both, call) == (other.url,)
    node.is_dying = False
    checked(3)
    assert nodes.candidates(both, call) == (other.url,)
    assert Session.objects.get().node == other.url


def test_of_two_processes_that_pin_a_session_at_once_the_first_counts(two):
    session = make_session()
    assert services.pin_session(session_id=session.pk, node="http://a", instead_of="") == "http://a"
    assert services.pin_session(session_id=session.pk, node="http://b", instead_of="") == "http://a"
    assert services.pin_session(session_id=0, node="http://b", instead_of="") == "http://b"


def test_a_caller_without_a_session_always_gets_the_same_node(two, settings):
    call = Call(RESTART, caller=Caller("1", "user", None, "1795815617188phrase"))
    assert len({nodes.candidates(settings.CLOUD.nodes, call) for _ in range(20)}) == 1
    public = {nodes.candidates(settings.CLOUD.nodes, Call(RESTART, caller=PUBLIC)) for _ in range(50)}
    assert len(public) == 2


def test_without_a_healthy_node_a_call_is_refused_at_once(two, client):
    for node in two:
        node.is_dying = True
    checked()
    asked = len(two[0].seen) + len(two[1].seen)
    response = client.get("/flux/zelid")
    assert (response.status_code, response.json()["data"]["message"]) == (
        503,
        "No Flux node is healthy. Try again in a minute.",
    )
    assert len(two[0].seen) + len(two[1].seen) == asked


def test_an_old_check_says_nothing(two, settings):
    two[0].is_dying = True
    checked()
    NodeHealth.objects.update(checked_at=timezone.now() - timedelta(seconds=61))
    nodes.forget()
    assert for_everybody(settings.CLOUD.nodes) == set(settings.CLOUD.nodes)
    assert nodes.readiness(settings.CLOUD.nodes) == "degraded: no worker checks the Flux nodes"
    assert not nodes.status(settings.CLOUD.nodes).is_reachable


def test_readiness_names_how_many_nodes_are_healthy(two, settings):
    checked()
    assert nodes.readiness(settings.CLOUD.nodes) == "ok"
    two[0].is_dying = True
    checked(2)
    assert nodes.readiness(settings.CLOUD.nodes) == "degraded: 1 of 2 Flux nodes are healthy"
    assert nodes.readiness(()) == "ok"


def test_the_status_shows_each_node(two, settings):
    settings.CLOUD = replace(settings.CLOUD, nodes=(two[0].url, free_address()))
    task()
    out = StringIO()
    call_command("cloud_status", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[1].split() == ["node", "yes", "yes", "6.6.1", "1000", "1", "of", "2", "healthy"]
    assert lines[2].split() == ["node", "yes", "yes", "6.6.1", "1000", two[0].url]
    assert lines[3].split()[:3] == ["node", "yes", "no"]
    assert lines[4].strip() == "The Flux node does not answer. Try again in a minute."


def test_a_node_that_is_named_no_more_is_forgotten(two, settings):
    checked()
    settings.CLOUD = replace(settings.CLOUD, nodes=())
    task()
    assert not NodeHealth.objects.exists()
