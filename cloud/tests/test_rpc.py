"""JSON-RPC to a daemon that misbehaves in every way: the caller learns what happened, and nothing else."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from api.errors import InvalidFields, PlatformError
from cloud.backends import Call
from cloud.backends import rpc as rpc_module
from cloud.backends.daemon import BenchmarkBackend, DaemonBackend
from cloud.backends.rpc import RpcClient
from cloud.callers import PUBLIC, Caller
from cloud.configuration import RpcAddress
from cloud.errors import BackendDown, BackendFailed, BackendLacks, BackendRefused, BackendSlow, BackendUnready
from cloud.route_table import ROUTES

pytestmark = pytest.mark.once

CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
OPERATOR = Caller("operator-1", "admin", 1, None)


def http(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


class Peer:
    """A server that answers each request with the next of its answers, and goes on with the last."""

    def __init__(self, port: int, answers: list[bytes | None]) -> None:
        self.url = f"http://user:secret@127.0.0.1:{port}"
        self.answers = answers
        self.requests: list[bytes] = []
        self.connections = 0


@contextmanager
def peer(*answers: bytes | None) -> Iterator[Peer]:
    """Run a Peer. An answer of None is silence, an empty one the end of the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        running = Peer(server.getsockname()[1], list(answers))
        threading.Thread(target=_serve, args=(server, running), daemon=True).start()
        yield running


def _serve(server: socket.socket, running: Peer) -> None:
    open_ones = []
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        running.connections += 1
        open_ones.append(connection)
        threading.Thread(target=_talk, args=(connection, running), daemon=True).start()


def _talk(connection: socket.socket, running: Peer) -> None:
    while request := connection.recv(65536):
        head, _, body = request.partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))[15:])
        while len(body) < length:
            body += connection.recv(65536)
        running.requests.append(head + b"\r\n\r\n" + body)
        answer = running.answers.pop(0) if len(running.answers) > 1 else running.answers[0]
        if answer:
            connection.sendall(answer)
        if answer in {b"", CUT_OFF}:
            connection.close()
            return


def client(running: Peer, seconds: float = 10) -> RpcClient:
    return RpcClient(RpcAddress.of(running.url), what="daemon", seconds=seconds)


def call_of(literal: str, caller: Caller = PUBLIC, **parameters: str) -> Call:
    route = next(r for r in ROUTES if r.literal == literal)
    return Call(route, parameters, caller=caller)


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b'{"result":7,"error":null,"id":1}\n', b"7"),
        (b'{"result":{"a":[1,{"error":null,"id":1}]},"error":null,"id":1}', b'{"a":[1,{"error":null,"id":1}]}'),
        (b'{"result":21000000.00000001,"error":null,"id":1}', b"21000000.00000001"),
        (b'{"result":1e-8,"error":null,"id":1}', b"1e-8"),
        # Another order, which is read digit by digit too.
        (
            b'{"id":1,"error":null,"result":[0.10,123456789012345678901234567890]}',
            b"[0.10,123456789012345678901234567890]",
        ),
        (b'{"jsonrpc":"2.0","result":"\xc3\xbc","id":1}', b'"\xc3\xbc"'),
        (b'{"result":null,"error":null,"id":1}', b"null"),
    ],
)
def test_a_result_comes_out_as_it_went_in(body, result):
    with peer(http(body)) as running:
        assert client(running).result("m", [1]) == result


def test_a_call_says_who_it_is_and_what_it_wants_and_connections_are_used_again():
    with peer(http(b'{"result":1,"error":null,"id":1}'), http(b'{"result":2,"error":null,"id":2}')) as running:
        rpc = client(running)
        assert (rpc.value("getBlock", ["a"]), rpc.value("m", [])) == (1, 2)
        assert running.connections == 1
    first = running.requests[0]
    assert first.startswith(b"POST / HTTP/1.1\r\n")
    assert b"Authorization: Basic dXNlcjpzZWNyZXQ=" in first
    assert first.endswith(b'{"jsonrpc":"1.0","id":1,"method":"getBlock","params":["a"]}')


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(b"", "401 Unauthorized"), BackendFailed),
        (http(b"", "403 Forbidden"), BackendFailed),
        (http(b"Work queue depth exceeded", "503 Service Unavailable"), BackendDown),
        (http(b"<html>", "200 OK"), BackendFailed),
        (http(b'{"result":7,"error":null,"id":2}'), BackendFailed),
        (http(b"[]"), BackendFailed),
        (http(b'{"result":null,"error":"no","id":1}', "500 X"), BackendFailed),
        (http(b'{"result":null,"error":{"code":"x"},"id":1}', "500 X"), BackendFailed),
        (http(b'{"result":null,"error":{"code":-5,"message":"no"},"id":1}', "500 X"), BackendRefused),
        (http(b'{"result":null,"error":{"code":-28,"message":"Loading"},"id":1}', "500 X"), BackendUnready),
        (http(b'{"result":null,"error":{"code":-32601},"id":1}', "404 X"), BackendLacks),
        (http(b"[" * 100_000), BackendFailed),
        (b"", BackendFailed),
        (b"SSH-2.0-x\r\n\r\n", BackendFailed),
        (CUT_OFF, BackendFailed),
    ],
)
def test_whatever_a_daemon_says_is_an_answer_or_a_refusal(answer, error):
    with peer(answer, b"") as running:
        with pytest.raises(error) as refused:
            client(running).result("m", [])
        assert len(running.requests) == 1, "a call is sent once"
    assert type(refused.value) is error
    told = refused.value.message
    assert not any(secret in told for secret in ("secret", "127.0.0.1", "Traceback"))


def test_a_daemon_that_does_not_answer_in_time_is_not_asked_again():
    with peer(None) as running:
        with pytest.raises(BackendSlow):
            client(running, seconds=0.05).result("stop", [])
        assert len(running.requests) == 1


def test_a_daemon_that_is_not_there_is_down():
    with pytest.raises(BackendDown) as refused:
        RpcClient(RpcAddress.of("http://127.0.0.1:1"), what="daemon").result("m", [])
    assert refused.value.headers["Retry-After"]


def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(rpc_module, "MOST_BYTES", 1000)
    with peer(http(b'"' + b"x" * 5000 + b'"')) as running, pytest.raises(BackendFailed, match="too large"):
        client(running).result("m", [])


@pytest.mark.parametrize(
    ("text", "url", "has_credentials"),
    [
        ("http://u:p@localhost:16124", "http://localhost:16124/", True),
        ("https://[::1]:16124/wallet/a", "https://[::1]:16124/wallet/a", False),
        ("http://daemon", "http://daemon/", False),
    ],
)
def test_an_address_is_kept_apart_from_its_password(text, url, has_credentials):
    address = RpcAddress.of(text)
    assert (address.url, bool(address.authorization)) == (url, has_credentials)


@pytest.mark.parametrize(
    "text", ["", "daemon:16124", "ftp://u:secret@daemon", "http://u:secret@", "http://u:secret@a:x"]
)
def test_an_address_that_is_none_is_refused_without_its_password(text):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is what is looked at
        RpcAddress.of(text)
    assert "secret" not in str(refused.value)


def test_the_first_of_a_list_are_given(monkeypatch):
    with peer(http(b'{"result":[1.10,2,3],"error":null,"id":1}')) as running:
        answer = DaemonBackend(running.url).call(call_of("/daemon/listfluxnodes", limit="2"))
        assert answer.body == b'{"status":"success","data":[1.10,2]}'
    with peer(http(b'{"result":{},"error":null,"id":1}')) as running:
        backend = DaemonBackend(running.url)
        assert backend.call(call_of("/daemon/listfluxnodes", limit="2")).body == b'{"status":"success","data":{}}'
    for limit in ("0", "x", "-1", "12345678"):
        with peer(http(b'{"result":[1],"error":null,"id":1}')) as running, pytest.raises(InvalidFields):
            DaemonBackend(running.url).call(call_of("/daemon/listfluxnodes", limit=limit))


def test_what_is_the_operators_own_is_taken_out_for_everybody_else():
    answers = [http(b'{"result":{"blocks":7,"balance":1.50},"error":null,"id":%d}' % number) for number in (1, 2)]
    with peer(*answers, http(b'{"result":"x","error":null,"id":3}')) as running:
        backend = DaemonBackend(running.url)
        assert backend.call(call_of("/daemon/getinfo")).body == b'{"status":"success","data":{"blocks":7}}'
        assert b'"balance":1.50' in bytes(backend.call(call_of("/daemon/getinfo", OPERATOR)).body)  # type: ignore[arg-type]
        assert backend.call(call_of("/daemon/getinfo")).body == b'{"status":"success","data":"x"}'


def test_only_methods_of_the_table_are_called():
    with peer(http(b"")) as running:
        for literal in ("/benchmark/getstatus", "/daemon/start"):
            with pytest.raises(BackendFailed):
                DaemonBackend(running.url).call(call_of(literal))
        assert running.requests == []


Status = Callable[[str], DaemonBackend | BenchmarkBackend]


@pytest.mark.parametrize(
    ("make", "answers", "expected"),
    [
        (
            DaemonBackend,
            [
                b'{"result":{"version":1,"subversion":"/Flux:7.2/"},"error":null,"id":1}',
                b'{"result":9,"error":null,"id":2}',
            ],
            (True, "Flux:7.2", 9, ""),
        ),
        (
            DaemonBackend,
            [b'{"result":[],"error":null,"id":1}', b'{"result":"x","error":null,"id":2}'],
            (True, "", None, ""),
        ),
        (BenchmarkBackend, [b'{"result":{"version":"3.9.0"},"error":null,"id":1}'], (True, "3.9.0", None, "")),
        (BenchmarkBackend, [b'{"result":7,"error":null,"id":1}'], (True, "", None, "")),
        (
            DaemonBackend,
            [b'{"result":null,"error":{"code":-28,"message":"Loading"},"id":1}'],
            (True, "", None, "Loading"),
        ),
        (DaemonBackend, [b"<html>"], (False, "", None, BackendFailed.message)),
    ],
)
def test_an_operator_learns_how_a_daemon_is(make: Status, answers, expected):
    with peer(*map(http, answers)) as running:
        status = make(running.url).status()
    assert (status.is_reachable, status.version, status.height, status.error) == expected
    assert "secret" not in status.address
    assert isinstance(BackendFailed(), PlatformError)
