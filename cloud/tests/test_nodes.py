"""The gateway in front of two Flux nodes: what reaches them, what comes back, and what happens when one fails."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from api.errors import PlatformError
from cloud import gateway_views, nodes
from cloud.backends import Answer, Call, node_client
from cloud.backends.node import NodeBackend, target_of
from cloud.backends.node_client import ConnectionLost
from cloud.errors import BackendDown, BackendFailed, BackendSlow, NeverForwarded
from cloud.models import Session
from cloud.route_table import ROUTES
from cloud.tests.conftest import OPERATOR
from cloud.tests.factories import sign_in
from cloud.tests.stub_nodes import StubNode, error, free_address, stub_nodes, success
from cloud.tests.wallets import BitcoinWallet

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def two(settings):
    """Two nodes behind the gateway; nothing is known of them yet."""
    nodes.forget()
    with stub_nodes("a", "b") as both:
        settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=tuple(node.url for node in both))
        yield both
    nodes.forget()


@pytest.fixture
def one(settings):
    nodes.forget()
    with stub_nodes("a") as (node,):
        settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=(node.url,))
        yield node
    nodes.forget()


def route(method: str, literal: str):
    return next(r for r in ROUTES if (r.method, r.literal) == (method, literal))


def call_of(literal: str, method: str = "GET", **parameters: str) -> Call:
    return Call(route(method, literal), parameters)


def seen_by(both: list[StubNode]) -> list[str]:
    return [target for node in both for target in node.paths()]


def test_an_answer_of_a_node_comes_through_and_is_kept(client, one):
    response = client.get("/flux/zelid")
    assert response.json() == {"status": "success", "data": "a"}
    assert (response["X-Flux-Backend"], response["FLUXNODE"], response["X-Cache"]) == ("node", "a", "MISS")
    assert client.get("/flux/zelid")["X-Cache"] == "HIT"
    assert one.paths() == ["/flux/zelid"]


def test_nothing_of_the_caller_reaches_a_node_but_what_the_call_says(client, one):
    client.cookies["sessionid"] = "secret"
    response = client.post(
        "/daemon/decodescript",
        {"hex": "00"},
        content_type="application/json",
        headers={
            "zelidauth": "zelid=1&signature=2&loginPhrase=3",
            "X-Forwarded-For": "127.0.0.1",
            "Authorization": "Bearer x",
            "Accept-Encoding": "gzip",
            "Connection": "close, zelidauth",
            "Range": "bytes=0-1",
            "Referer": "https://a.example/",
        },
    )
    assert response.json()["data"] == "a"
    sent = one.seen[0].headers
    assert sent.pop("zelidauth") == "zelid=1&signature=2&loginPhrase=3"
    assert sent == {
        "host": one.url.partition("://")[2],
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": "flux-platform",
        "range": "bytes=0-1",
        "content-type": "text/plain",
        "content-length": "13",
    }
    assert json.loads(one.seen[0].body) == {"hex": "00"}
    assert not {"Set-Cookie", "X-Inner"} & set(response.headers)


def test_a_body_goes_out_in_the_type_that_its_handler_reads(client, one, be):
    be(OPERATOR)
    for path in ("/flux/adjustblockedports", "/daemon/sendmany", "/apps/calculateprice"):
        assert client.post(path, '{"x": 1}', content_type="text/plain").status_code == 200, path
    types = [seen.headers["content-type"] for seen in one.seen]
    assert types == ["application/json", "text/plain", "text/plain"]


def test_an_upload_goes_through_as_it_is(client, one, be):
    be(OPERATOR)
    content = bytes(range(256)) * 1000
    upload = SimpleUploadedFile("a.bin", content)
    response = client.post("/ioutils/fileupload/backup/app/component/a%20folder", {"file": upload})
    assert response.status_code == 200
    (seen,) = one.seen
    assert seen.target == "/ioutils/fileupload/backup/app/component/a%20folder"
    assert content in seen.body
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert len(seen.body) == int(seen.headers["content-length"])
    refused = client.post("/ioutils/fileupload/backup/app", b"{}", content_type="application/json")
    assert refused.status_code == 415
    assert len(one.seen) == 1


def test_an_upload_that_ends_early_is_refused(one):
    class Short:
        def read(self, size: int) -> bytes:
            return b""

    call = replace(
        call_of("/ioutils/fileupload", "POST"),
        stream=Short(),  # type: ignore[arg-type]
        content_type="multipart/form-data; boundary=x",
        content_length=5,
    )
    with pytest.raises(PlatformError, match="ended before"):
        NodeBackend((one.url,)).call(call)


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"appname": "a b/ü"}, "/apps/appowner/a%20b%2F%C3%BC"),
        ({"appname": ".."}, "/apps/appowner?appname=.."),
        ({"appname": ""}, "/apps/appowner?appname="),
        ({}, "/apps/appowner"),
    ],
)
def test_values_reach_the_node_in_the_path_or_in_the_query(parameters, target):
    assert target_of(Call(route("GET", "/apps/appowner"), parameters)) == target


def test_a_gap_in_the_path_is_none_in_the_query():
    call = Call(route("GET", "/apps/downloadfile"), {"appname": "a", "file": "f&g"}, (("x", "1 2"),))
    assert target_of(call) == "/apps/downloadfile/a?file=f%26g&x=1%202"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (error(401, "Unauthorized. Access denied."), 401),
        (error(404, "no"), 404),
        (error(-8, "Block height out of range"), 400),
        (error("ENOENT", "no such file"), 400),
        (error(500, "no"), 502),
        ((200, "application/json", b'{"status":"error","data":"x"}'), 400),
        ((200, "application/json", b'{"status":"warning","data":{"message":"x"}}'), 200),
        ((200, "application/json", b"[1,123456789012345678901234567890]"), 200),
        ((404, "application/json", b'{"status":"error","data":{"code":404}}'), 404),
    ],
)
def test_a_nodes_refusal_has_the_status_that_says_so_and_the_nodes_own_body(client, one, answer, status):
    one.answers["/apps/calculateprice"] = answer
    response = client.post("/apps/calculateprice", {}, content_type="application/json")
    assert (response.status_code, response.content) == (status, answer[2])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((404, "text/html", b"Cannot GET"), 501),
        ((500, "text/html", b"Error"), 502),
        ((302, "text/html", b""), 502),
        ((200, "application/json", b"{"), 502),
        ((200, "application/json", b"[NaN]"), 502),
        ((503, "text/html", b""), 503),
        ((429, "application/json", b"{}"), 503),
    ],
)
def test_what_is_no_answer_of_a_node_is_said_in_our_words(client, one, answer, status):
    one.answers["/apps/calculateprice"] = answer
    response = client.post("/apps/calculateprice", {}, content_type="application/json")
    assert response.status_code == status
    assert response.json()["status"] == "error"
    assert "Cannot" not in response.content.decode()


def test_what_must_not_be_passed_on_is_not(client, one, be):
    be(OPERATOR)
    for forbidden in (r for r in ROUTES if r.is_forbidden):
        assert client.generic(forbidden.method, forbidden.literal).status_code == 403
        with pytest.raises(NeverForwarded):
            NodeBackend((one.url,)).call(Call(forbidden))
    assert one.seen == []


def test_a_public_call_goes_on_to_another_node_when_one_is_gone(settings, client, two):
    gone = free_address()
    settings.CLOUD = replace(settings.CLOUD, nodes=(gone, two[0].url))
    for number in range(12):
        assert client.get(f"/apps/appowner/app{number}").json()["data"] == "a"
    # After the first failure the other one is asked first.
    assert list(nodes.candidates(settings.CLOUD.nodes, call_of("/apps/appowner"))) == [two[0].url, gone]


def test_a_dying_node_gets_a_public_call_once_and_another_node_answers_it(client, two):
    two[0].is_dying = True
    for number in range(8):
        assert client.get(f"/apps/appowner/app{number}").json()["data"] == "b"
    assert len(two[0].seen) <= 1


def test_when_all_are_gone_the_caller_is_told_to_wait(settings, client):
    settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=(free_address(), free_address()))
    response = client.get("/flux/zelid")
    assert response.status_code == 503
    assert response.json()["data"]["message"] == "The Flux node does not answer. Try again in a minute."


@pytest.mark.parametrize(
    ("literal", "method", "caller"),
    [("/flux/restart", "GET", OPERATOR), ("/daemon/sendrawtransaction", "POST", None)],
)
def test_a_call_that_may_have_an_effect_is_never_sent_twice(two, literal, method, caller):
    for node in two:
        node.is_dying = True
    call = call_of(literal, method)
    with pytest.raises(ConnectionLost):
        NodeBackend(tuple(n.url for n in two)).call(replace(call, caller=caller) if caller else call)
    assert len(seen_by(two)) == 1
    gone = (free_address(), free_address())
    with pytest.raises(BackendDown):
        NodeBackend(gone).call(call)


def test_a_public_get_that_may_have_an_effect_goes_on_only_when_nothing_was_sent(two):
    call = call_of("/daemon/createrawtransaction")
    assert call.route.is_public
    for node in two:
        node.is_dying = True
    with pytest.raises(ConnectionLost):
        NodeBackend(tuple(node.url for node in two)).call(call)
    assert len(seen_by(two)) == 1
    nodes.forget()
    two[0].is_dying = False
    for _ in range(8):
        assert NodeBackend((two[0].url, free_address())).call(call).body == success("a")[2]
        nodes.forget()


def test_a_slow_node_is_not_waited_for_without_end(one, monkeypatch):
    one.is_slow = True
    monkeypatch.setattr(node_client, "CALL_SECONDS", 0.05)
    backend = NodeBackend((one.url,))
    backend._clients = {one.url: node_client.NodeClient(one.url, seconds=0.05)}
    with pytest.raises(BackendSlow):
        backend.call(call_of("/flux/restart"))
    assert len(one.seen) == 1


def test_the_calls_of_a_session_stay_on_its_node(client, two):
    session, header = sign_in(BitcoinWallet())
    path = "/apps/checkdockerexistance"
    sent: Any = {"content_type": "application/json", "headers": {"zelidauth": header}}
    told = [client.post(path, {}, **sent)["FLUXNODE"] for _ in range(6)]
    assert len(set(told)) == 1
    session.refresh_from_db()
    pinned = {node.name: node.url for node in two}
    assert session.node == pinned[told[0]]
    # Also when the other one would be drawn: the row decides.
    other = next(url for url in pinned.values() if url != session.node)
    Session.objects.filter(pk=session.pk).update(node=other)
    assert pinned[client.post(path, {}, **sent)["FLUXNODE"]] == other


def test_a_streamed_answer_comes_piece_by_piece_and_its_end_is_seen(one, be):
    one.held.add("/apps/installapplocally")
    one.answers["/apps/installapplocally"] = (200, "application/json", b"[1,2,3,4]" * 10)
    answer = NodeBackend((one.url,)).call(call_of("/apps/installapplocally"))
    pieces: Iterator[bytes] = iter(answer.body)  # type: ignore[arg-type]
    assert one.half_sent.wait(5)
    first = next(pieces)
    assert len(first) == 45, "the first half is there before the node goes on"
    one.go.set()
    assert first + b"".join(pieces) == b"[1,2,3,4]" * 10


def test_a_streamed_answer_without_a_length_that_breaks_off_says_so_at_its_end(client, one, be):
    be(OPERATOR)
    one.held.add("/flux/daemondebug")
    one.answers["/flux/daemondebug"] = (200, "text/plain", b"x" * 90)
    response = client.get("/flux/daemondebug")
    one.is_dying = True
    one.go.set()
    told = b"".join(response.streaming_content)
    assert told.startswith(b"x" * 45 + b'{"status":"error","data":{"code":502,')
    assert told.endswith(b'before you repeat it."}}')
    response.close()


def test_a_streamed_answer_that_breaks_off_is_shorter_than_its_length(client, one, be):
    be(OPERATOR)
    one.cut.add("/flux/daemondebug")
    one.answers["/flux/daemondebug"] = (200, "text/plain", b"x" * 90)
    response = client.get("/flux/daemondebug")
    assert response["Content-Length"] == "90"
    with pytest.raises(ConnectionLost):
        b"".join(response.streaming_content)
    response.close()


def test_a_file_is_a_download_with_its_length(client, one, be):
    be(OPERATOR)
    one.answers["/flux/daemondebug"] = (200, "text/html", b"<script>")
    response = client.get("/flux/daemondebug")
    assert b"".join(response.streaming_content) == b"<script>"
    assert (response["Content-Type"], response["Content-Length"]) == ("application/octet-stream", "8")
    one.answers["/flux/daemondebug"] = error(401, "Unauthorized. Access denied.")
    assert client.get("/flux/daemondebug").status_code == 401


def test_an_answer_without_end_and_a_packed_one_are_refused(one, monkeypatch):
    one.answers["/flux/zelid"] = (200, "application/json", b'"' + b"x" * 2000 + b'"')
    reply = node_client.NodeClient(one.url).send("GET", "/flux/zelid", {})
    with pytest.raises(BackendFailed, match="too large"):
        reply.read(1000)
    reply.close()


def test_every_route_that_is_no_json_rpc_goes_to_the_nodes(one, client):
    assert success("a")[2] == client.get("/daemon/getrawmempool").content
    assert isinstance(NodeBackend((one.url,)).call(call_of("/flux/zelid")), Answer)
    assert "content-length" in gateway_views.PASSED_ON
