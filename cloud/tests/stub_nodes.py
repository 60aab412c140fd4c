"""A small Flux node: its envelope, its `FLUXNODE` header, and every way in which a node misbehaves."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Seen:
    """One request as it arrived."""

    def __init__(self, handler: "_Handler", body: bytes) -> None:
        self.method, self.target = handler.command, handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = body


class StubNode:
    """A node with a name. Set its attributes to make it misbehave.

    height, version: what it says of itself. answers: bodies by path. is_dying: accepts, reads and closes.
    is_slow: begins no answer before `go` is set. held: paths that send half of the body before `go` is set.
    cut: paths that name the length of the body and send half of it.
    """

    def __init__(self, name: str, server: ThreadingHTTPServer) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.height: Any = 1_000
        self.version: Any = "6.6.1"
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.is_dying = self.is_slow = False
        self.held: set[str] = set()
        self.cut: set[str] = set()
        self.half_sent, self.go = threading.Event(), threading.Event()
        self.seen: list[Seen] = []

    def paths(self) -> list[str]:
        return [seen.target for seen in self.seen]

    def answer_to(self, target: str) -> tuple[int, str, bytes]:
        path = target.partition("?")[0]
        if path == "/flux/version":
            return success(self.version)
        if path == "/daemon/getblockcount":
            return success(self.height)
        return self.answers.get(path, success(self.name))


def success(data: Any) -> tuple[int, str, bytes]:
    """Return an answer as a node writes it."""
    return 200, "application/json; charset=utf-8", json.dumps({"status": "success", "data": data}).encode()


def error(code: Any, message: str) -> tuple[int, str, bytes]:
    """Return a refusal as a node writes it: with status 200."""
    data = {"code": code, "name": "Error", "message": message}
    return 200, "application/json; charset=utf-8", json.dumps({"status": "error", "data": data}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    node: StubNode

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.node.seen.append(Seen(self, body))
        hangs = self.path.startswith("/daemon/") and self.headers.get("Content-Type") == "application/json"
        if self.node.is_slow or hangs:
            # The handler waits for bytes that the parser of JSON has taken.
            self.node.go.wait(10)
        if self.node.is_dying:
            self.close_connection = True
            return
        self._send(*self.node.answer_to(self.path))

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        headers = {"Content-Type": content_type, "FLUXNODE": self.node.name, "Set-Cookie": "a=b", "X-Inner": "1"}
        is_chunked = self.path.partition("?")[0] in self.node.held
        headers |= {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(body) // 2
        if self.path.partition("?")[0] in self.node.cut:
            self.wfile.write(body[:half])
            self.close_connection = True
            return
        for piece in (body[:half], body[half:]) if is_chunked else (body,):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
            if is_chunked and not self.node.half_sent.is_set():
                self.node.half_sent.set()
                self.node.go.wait(10)
                if self.node.is_dying:
                    self.close_connection = True
                    return
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """Say nothing: callers that hang up are part of the tests."""


@contextmanager
def stub_nodes(*names: str) -> Iterator[list[StubNode]]:
    """Run nodes; each has a port of its own."""
    servers, nodes = [], []
    for name in names:
        handler: Any = type("Handler", (_Handler,), {})
        server = _Server(("127.0.0.1", 0), handler)
        handler.node = node = StubNode(name, server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        nodes.append(node)
    try:
        yield nodes
    finally:
        for server, node in zip(servers, nodes, strict=True):
            node.go.set()
            server.shutdown()
            server.server_close()


def free_address() -> str:
    """Return an address at which nothing listens."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        return f"http://127.0.0.1:{server.server_address[1]}"
