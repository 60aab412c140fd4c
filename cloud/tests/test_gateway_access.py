"""Who may call what: sign-in, owners of apps, and calls that nobody can make from here."""

import pytest

from cloud.backends import Answer, Call
from cloud.callers import Caller
from cloud.errors import BackendDown
from cloud.tests.conftest import OPERATOR, OWNER, USER

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def nobody(be) -> None:
    """Let nobody call, unless the test says who does."""


def refusal(response) -> tuple[int, str]:
    body = response.json()
    assert body["status"] == "error"
    return response.status_code, body["data"]["message"]


@pytest.mark.parametrize("path", ["/daemon/stop", "/flux/restart", "/apps/appexec", "/daemon/getwalletinfo"])
def test_nobody_is_told_to_sign_in_and_nothing_is_asked(client, node, path):
    response = client.generic("POST", path, b"{") if path.endswith("exec") else client.get(path)
    status, message = refusal(response)
    assert (status, message) == (401, "Unauthorized. Access denied.")
    assert node.calls == []


@pytest.mark.parametrize(
    ("app", "asked"), [("example", "example"), ("component_example", "example"), ("example_", "example_")]
)
def test_an_apps_owner_is_asked_for_and_may_call(client, node, be, app, asked):
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"success","data":"owner-1"}')
    be(OWNER)
    assert client.get(f"/apps/appstart/{app}").status_code == 200
    assert client.post("/apps/appexec", {"appname": app}, content_type="application/json").status_code == 200
    lookups = [call for call in node.calls if call.route.literal == "/apps/appowner"]
    assert [dict(call.parameters) for call in lookups] == [{"appname": asked}]
    be(USER)
    assert client.get(f"/apps/appstart/{app}").status_code == 403


def test_an_app_that_the_body_names_cannot_be_named_in_the_query_as_well(client, node, be):
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"success","data":"owner-1"}')
    be(OWNER)
    response = client.post("/apps/appexec?appname=other", {"appname": "mine"}, content_type="application/json")
    assert refusal(response) == (400, "Some fields are not valid. appname: must be given in the body.")
    assert node.calls == []


def test_the_team_needs_no_owner(client, node, be):
    be(Caller("team-1", "fluxteam", 4, None))
    assert client.get("/apps/appstart/example").status_code == 200
    assert [call.route.literal for call in node.calls] == ["/apps/appstart"]
    assert client.post("/apps/appexec", {"appname": "a"}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("data", [b'""', b"null", b'["owner-1"]', b'{"owner":"owner-1"}'])
def test_an_app_without_an_owner_is_nobodys(client, node, be, data):
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"success","data":' + data + b"}")
    be(OWNER)
    assert client.get("/apps/appstart/example").status_code == 403
    assert client.get("/apps/appstart").status_code == 403
    assert (
        client.post("/apps/appexec", {"appname": ["example"]}, content_type="application/json").status_code == 403
    )
    assert {call.route.literal for call in node.calls} == {"/apps/appowner"}


def test_an_owner_who_cannot_be_looked_up_is_told_to_come_back(client, node, be):
    def down(call: Call) -> Answer:
        raise BackendDown

    node.answer = down
    be(OWNER)
    assert client.get("/apps/appstart/example").status_code == 503
    node.answer = lambda call: Answer(200, "application/json", b'{"status":"error","data":{}}')
    assert client.get("/apps/appstart/other").status_code == 403


def test_specifications_are_decrypted_for_the_owner_alone(client, node, be):
    assert client.get("/apps/appspecifications/example").status_code == 200
    assert client.get("/apps/appspecifications/example/0").status_code == 401
    assert client.get("/apps/appspecifications/example?decrypt=true").status_code == 401
    be(OWNER)
    assert client.get("/apps/appspecifications/example/true").status_code == 403


def test_a_call_between_nodes_is_never_passed_on(client, node, be):
    be(OPERATOR)
    for path in ("/flux/backendfolder", "/flux/streamchainpreparation", "/flux/addoutgoingpeer/203.0.113.1"):
        status, message = refusal(client.get(path))
        assert status == 403
        assert "call the node itself" in message
    assert node.calls == []
