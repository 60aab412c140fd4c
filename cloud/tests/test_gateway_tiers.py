"""Every route of the table answers from the mock, and to nobody below its tier."""

import json
from dataclasses import replace

import pytest
from django.test import RequestFactory

from cloud import gateway_views
from cloud.callers import PUBLIC, Caller
from cloud.gateway_views import gateway
from cloud.route_table import ROUTES
from cloud.tiers import TIERS

pytestmark = pytest.mark.once

OWNER = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"  # of the mock's apps
CALLERS = {
    "nobody": PUBLIC,
    "user": Caller("user-1", "user", 1, None),
    "owner": Caller(OWNER, "user", 2, None),
    "team": Caller("team-1", "fluxteam", 3, None),
    "operator": Caller("operator-1", "admin", 4, None),
}
MAY_PASS = {
    "public": {"nobody", "user", "owner", "team", "operator"},
    "user": {"user", "owner", "team", "operator"},
    "appownerabove": {"owner", "team", "operator"},
    "adminandfluxteam": {"team", "operator"},
    "appowner": {"owner"},
    "fluxteam": {"team"},
    "admin": {"operator"},
}
GATED = [route for route in ROUTES if not route.is_own]


@pytest.fixture
def call(monkeypatch, settings):
    """Return what makes a call as one of the callers."""
    settings.CLOUD = replace(settings.CLOUD, calls_per_minute=100_000, daemon_url="", benchmark_url="", nodes=())
    requests = RequestFactory()
    who = {"caller": PUBLIC}
    monkeypatch.setattr(gateway_views, "caller_of", lambda request: who["caller"])

    def make(name: str, method: str, path: str, body: bytes = b""):
        who["caller"] = CALLERS[name]
        return gateway(requests.generic(method, path, body, content_type="application/json"))

    return make


def example(route) -> tuple[str, bytes]:
    """Return a path with every parameter of the route, and a body where it takes one."""
    values = [f"value{number}" for number in range(len(route.names))]
    body = json.dumps({"appname": "exampleapp"}).encode() if route.method == "POST" else b""
    return "/".join((route.literal, *values)), body


def test_every_tier_is_in_the_table_of_those_who_pass():
    assert set(MAY_PASS) == set(TIERS)


@pytest.mark.parametrize("name", CALLERS)
def test_every_route_answers_whom_its_tier_lets_in_and_refuses_all_others(call, name):
    for route in GATED:
        path, body = example(route)
        response = call(name, route.method, path, body)
        tier = route.decrypt_tier or route.tier
        where = (name, route.method, path, response.status_code)
        if route.is_forbidden:
            assert (response.status_code, json.loads(response.content)["status"]) == (403, "error"), where
        elif name not in MAY_PASS[tier]:
            refusal = json.loads(response.content)
            status = 401 if name == "nobody" else 403
            assert response.status_code == refusal["data"]["code"] == status, where
            assert refusal["status"] == "error", where
            assert response["Cache-Control"] == "no-store", where
        else:
            assert response.status_code == 200, where
            assert response["X-Flux-Backend"] == "mock", where
            if response["Content-Type"] == "application/json":
                assert json.loads(response.content)["status"] == "success", where
            else:
                assert response["Content-Type"].startswith("text/plain"), where


@pytest.mark.parametrize(
    ("path", "field"), [("/daemon/getinfo", "balance"), ("/daemon/validateaddress/t1", "iswatchonly")]
)
def test_what_only_the_operator_may_see_is_in_no_other_example(call, path, field):
    shown = {name for name in CALLERS if field in json.loads(call(name, "GET", path).content)["data"]}
    assert shown == {"operator"}
