"""The gateway over HTTP: routes, cache, bodies, limits, and what of a back end's answer reaches a browser."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from cloud import gateway_views, keeping
from cloud.backends import Answer, Call, choice
from cloud.backends.mock import MockBackend
from cloud.callers import PUBLIC
from cloud.errors import BackendDown
from cloud.tests.conftest import OPERATOR, SUCCESS, USER

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def nobody(be) -> None:
    """Let nobody call, unless the test says who does."""


@pytest.fixture
def hour(monkeypatch) -> dict[str, float]:
    """Return the clock of kept answers."""
    clock = {"now": 1_800_000_000.0}
    for module in (keeping, gateway_views):
        monkeypatch.setattr(module.time, "time", lambda: clock["now"])
    return clock


def refusal(response) -> tuple[int, Any]:
    body = response.json()
    assert body["status"] == "error"
    return response.status_code, body["data"]["message"]


@pytest.mark.parametrize("path", ["/daemon/getblockcount", "/DAEMON/GetBlockCount/", "/Daemon/getBLOCKcount"])
def test_a_path_is_read_in_any_case(client, path):
    response = client.get(path)
    assert (response.status_code, response["X-Flux-Backend"]) == (200, "mock")
    assert response.json()["status"] == "success"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/daemon",
            "/daemon/",
            "/daemon/nothing",
            "/daemon//getinfo",
            "/daemon/getinfo//",
            "/daemon/getinfo;a=1",
        ),
        *(
            "/daemon/getblockcount/%2e%2e",
            "/daemon/%2e%2e/daemon/getinfo",
            "/daemon/getblockcount%2f%2f",
            "/FLUX/x",
        ),
    ],
)
def test_an_unknown_path_is_404_in_the_nodes_envelope(client, node, path):
    status, message = refusal(client.get(path))
    assert status == 404
    assert "no such path" in message
    assert node.calls == []


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/daemon/getinfo", "GET, OPTIONS"),
        ("GET", "/apps/appregister", "POST, OPTIONS"),
        ("PUT", "/daemon/submitblock", "GET, POST, OPTIONS"),
        ("DELETE", "/flux/restart", "GET, OPTIONS"),
        # HEAD would have the effect that GET has.
        ("HEAD", "/daemon/stop", "GET, OPTIONS"),
    ],
)
def test_a_method_that_the_path_does_not_have_is_405(client, node, method, path, allow):
    response = client.generic(method, path)
    assert (response.status_code, response["Allow"]) == (405, allow)
    assert node.calls == []


def test_a_path_tells_its_methods(client, node):
    response = client.options("/daemon/submitblock")
    assert (response.status_code, response["Allow"], response.content) == (204, "GET, POST, OPTIONS", b"")
    assert client.options("/daemon/nothing").status_code == 404
    assert client.head("/daemon/getinfo").status_code == 200


def test_a_public_answer_is_asked_for_once_and_says_how_old_it_is(client, node, hour):
    first = client.get("/flux/peers/x", {"b": "2", "a": "1"})
    assert (first["X-Cache"], first["Age"], first["Cache-Control"]) == ("MISS", "0", "public, max-age=30")
    hour["now"] += 12.5
    second = client.get("/FLUX/peers/?a=1&b=2&filter=x")
    assert (second["X-Cache"], second["Age"], second["Cache-Control"]) == ("HIT", "12", "public, max-age=17")
    assert first.content == second.content == SUCCESS
    assert len(node.calls) == 1
    assert client.get("/flux/peers/y").headers["X-Cache"] == "MISS"
    hour["now"] += 17.5
    assert client.get("/flux/peers/x?a=1&b=2")["X-Cache"] == "MISS"


def test_an_answer_that_is_known_is_not_sent_again(client, node):
    tag = client.get("/flux/version")["ETag"]
    again = client.get("/flux/version", headers={"If-None-Match": f'W/"x", {tag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get("/flux/version", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "application/json", b'{"status":"error","data":{"code":1,"name":"E","message":"no"}}'),
        Answer(200, "application/json", b'{"data":1,"status":"warning"}'),
        Answer(500, "text/plain", b"oops"),
        BackendDown("The node does not answer."),
    ],
    ids=["error", "warning", "500", "down"],
)
def test_a_refusal_is_kept_for_two_seconds_at_most(client, node, hour, answer):
    def say(call: Call) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    node.answer = say
    first = client.get("/flux/version")
    assert (first["X-Cache"], first["Cache-Control"]) == ("MISS", "no-store")
    assert "ETag" not in first
    hour["now"] += 1.9
    second = client.get("/flux/version")
    assert (second["X-Cache"], second.status_code, second.content) == ("HIT", first.status_code, first.content)
    hour["now"] += 0.2
    assert client.get("/flux/version")["X-Cache"] == "MISS"
    assert len(node.calls) == 2


def test_a_kept_answer_is_asked_for_on_behalf_of_nobody(client, node, be):
    be(USER)
    client.get("/flux/version", headers={"zelidauth": "zelid=a", "enterprise-key": "k"})
    (call,) = node.calls
    assert (call.caller, dict(call.headers)) == (PUBLIC, {})


def test_a_private_answer_is_never_kept(client, node, be):
    be(OPERATOR)
    for count in (1, 2):
        response = client.get("/daemon/getwalletinfo", headers={"zelidauth": "zelid=a", "Cookie": "a=b"})
        assert (response["X-Cache"], response["Cache-Control"]) == ("BYPASS", "no-store")
        assert len(node.calls) == count
    assert (node.calls[0].caller, dict(node.calls[0].headers)) == (OPERATOR, {"zelidauth": "zelid=a"})


def test_what_only_the_operator_sees_comes_past_the_cache(client, node, be):
    assert client.get("/daemon/getinfo")["X-Cache"] == "MISS"
    be(OPERATOR)
    assert client.get("/daemon/getinfo")["X-Cache"] == "BYPASS"
    be(USER)
    assert client.get("/daemon/getinfo")["X-Cache"] == "HIT"
    assert [call.caller for call in node.calls] == [PUBLIC, OPERATOR]


def test_what_a_user_asks_for_first_is_asked_on_behalf_of_nobody_too(client, node, be):
    be(USER)
    client.get("/daemon/getinfo", headers={"zelidauth": "zelid=a"})
    assert [(call.caller, dict(call.headers)) for call in node.calls] == [(PUBLIC, {})]


def test_answers_of_one_service_are_not_taken_for_anothers(client, node, settings):
    assert client.get("/flux/version")["X-Cache"] == "MISS"
    settings.CLOUD = replace(settings.CLOUD, daemon_url="http://u:p@127.0.0.1:1")
    assert client.get("/flux/version")["X-Cache"] == "MISS"
    assert "u:p" not in choice.fingerprint()


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_a_browser_that_looks_ahead_causes_nothing(client, node, header):
    assert client.get("/daemon/sendrawtransaction/00", headers={header: "prefetch"}).status_code == 403
    assert node.calls == []
    assert client.get("/flux/version", headers={header: "prefetch;prerender"}).status_code == 200


@pytest.mark.parametrize("query", ["a[]=1", "a%5Bb%5D=1", "$where=1", "a=%00", "appname=a&appname=b"])
def test_a_query_that_a_node_would_read_as_something_else_is_refused(client, node, query):
    assert client.get(f"/apps/location?{query}").status_code == 400
    assert node.calls == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_a_body_is_json_whatever_it_is_called(client, node, content_type):
    body = b'{"hexstring":"00","fee":0.10}'
    assert (
        client.generic("POST", "/daemon/decoderawtransaction", body, content_type=content_type).status_code == 200
    )
    (call,) = node.calls
    assert (call.body, str(call.body_json["fee"])) == (body, "0.10")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"hexstring=00", 400),
        (b'{"a":1,"a":2}', 400),
        (b"\xff", 400),
        (b'{"a":"' + b"x" * 1024 * 1024 + b'"}', 413),
        (b" ", 200),
    ],
    ids=["broken", "list", "form", "twice", "latin", "large", "none"],
)
def test_a_body_that_is_no_object_is_refused(client, node, body, status):
    response = client.generic("POST", "/daemon/decoderawtransaction", body, content_type="application/json")
    assert response.status_code == status
    assert len(node.calls) == (status == 200)


def test_a_body_without_a_length_is_refused(client, node, be):
    headers = {"Transfer-Encoding": "chunked"}
    assert client.post("/daemon/decoderawtransaction", headers=headers).status_code == 411
    be(OPERATOR)
    upload = client.generic(
        "POST", "/apps/fluxshare/uploadfile/a", b"", content_type="multipart/form-data; boundary=x"
    )
    assert upload.status_code == 411
    assert node.calls == []


def test_an_upload_reaches_the_service_unread(client, node, be):
    be(OPERATOR)
    read = []

    def take(call: Call) -> Answer:
        assert call.stream is not None
        read.append((call.body, call.stream.read(), call.content_type))
        return Answer(200, "application/json", SUCCESS)

    node.answer = take
    content_type = "multipart/form-data; boundary=x"
    client.generic("POST", "/apps/fluxshare/uploadfile/a", b"--x\r\n", content_type=content_type)
    assert read == [(None, b"--x\r\n", content_type)]


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/json; charset=utf-7", ""])
def test_a_browser_never_runs_what_a_service_sends(client, node, be, content_type):
    be(OPERATOR)
    sent = {"Set-Cookie": "sessionid=x", "X-Frame-Options": "ALLOWALL", "FLUXNODE": "203.0.113.1:16127"}
    node.answer = lambda call: Answer(200, content_type, iter([b"<script>", b"</script>"]), sent)
    response = client.get("/apps/fluxshare/getfile/a.html")
    assert b"".join(response) == b"<script></script>"
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "application/octet-stream",
        "attachment",
    )
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert (response["FLUXNODE"], response["X-Frame-Options"]) == ("203.0.113.1:16127", "DENY")
    assert "sessionid" not in response.cookies


def test_what_a_service_sends_in_pieces_can_be_kept(client, node):
    node.answer = lambda call: Answer(200, "text/plain; charset=utf-8", iter([b"a", b"b"]))
    assert [client.get("/flux/version").content for _ in range(2)] == [b"ab", b"ab"]
    assert len(node.calls) == 1


def test_a_minute_has_so_many_calls(client, node, be, settings, monkeypatch):
    settings.CLOUD = replace(settings.CLOUD, calls_per_minute=2)
    statuses = [client.get("/flux/version").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    response = client.get("/flux/version")
    assert int(response["Retry-After"]) >= 1
    assert client.get("/flux/version", REMOTE_ADDR="203.0.113.7").status_code == 200
    # Who signs a call is counted by name, wherever the call comes from.
    be(USER)
    statuses = [client.get("/daemon/stop", REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(3)]
    assert statuses == [403, 403, 429]


def test_a_privileged_call_is_written_down_without_its_secrets(client, node, be, caplog):
    be(OPERATOR)
    client.get("/daemon/importprivkey/L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ?label=secretlabel")
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (event,) = [event for event in events if event["event"] == "cloud_privileged_call"]
    assert (event["zelid"], event["privilege"], event["backend"]) == ("operator-1", "admin", "node")
    assert event["route"].startswith("/daemon/importprivkey/:")
    assert "L1aW4" not in caplog.text
    assert "secretlabel" not in caplog.text


def test_the_mock_says_what_it_is_and_obeys_a_limit(client):
    assert client.get("/daemon/stop").status_code == 401
    nodes = client.get("/daemon/listfluxnodes?limit=1").json()["data"]
    assert len(nodes) == 1
    assert MockBackend().status().is_reachable


def test_a_client_without_a_csrf_token_may_post():
    strict = Client(enforce_csrf_checks=True)
    body = json.dumps({"hexstring": "00"})
    assert strict.post("/daemon/decoderawtransaction", body, content_type="application/json").status_code == 200
