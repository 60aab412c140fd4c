"""Flux nodes over HTTP: the calls of the table that are no JSON-RPC, or all of them without a daemon.

A call goes out with the caller's own `zelidauth` and nothing else that the caller sent: no cookie, no address, no
host name. Its body goes out in the content type that the node's handler reads, since a node never answers when
that is another one.
"""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from api.errors import MalformedBody, WrongContentType
from cloud import nodes
from cloud.backends import Answer, BackendStatus, Call
from cloud.backends.node_answers import answer_of
from cloud.backends.node_client import ConnectionLost, NodeClient, NotConnected
from cloud.errors import BackendDown, NeverForwarded

_AGENT = "flux-platform"
# What the node's own parser of JSON leaves for a handler that reads the body itself.
_TYPES = {"stream": "text/plain", "parsed": "application/json"}
_PIECE = 64 * 1024


class NodeBackend:
    """Calls the nodes that the operator names, as far as they are healthy."""

    name = "node"

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._clients = {address: NodeClient(address) for address in addresses}

    def call(self, call: Call) -> Answer:
        """Return a node's answer.

        A public GET is tried on another node when no connection comes about, and one without an effect also when
        the connection breaks. Everything else is sent once, to the node of its session. Raises BackendDown,
        BackendFailed, BackendSlow, NeverForwarded.
        """
        if call.route.is_forbidden:
            raise NeverForwarded
        failure: BackendDown | ConnectionLost = BackendDown("No Flux node is healthy. Try again in a minute.")
        for address in nodes.candidates(tuple(self._clients), call):
            try:
                return self._ask(address, call)
            except NotConnected as error:
                failure = error
            except ConnectionLost as error:
                if call.route.changes_state:
                    raise
                failure = error
            nodes.suspect(address)
        raise failure

    def status(self) -> BackendStatus:
        """Return how the nodes were when they were checked last."""
        return nodes.status(tuple(self._clients))

    def _ask(self, address: str, call: Call) -> Answer:
        headers = {"User-Agent": _AGENT, **call.headers}
        content: bytes | Iterator[bytes] | None = None
        if call.route.method == "POST":
            headers |= _content_headers(call)
            content = _pieces(call) if call.stream is not None else call.body or b""
        reply = self._clients[address].send(call.route.method, target_of(call), headers, content)
        return answer_of(call.route, reply)


def target_of(call: Call) -> str:
    """Return path and query for the node.

    Parameters stand in the path as far as they are given without a gap; the others, and what a path cannot carry,
    stand in the query under their names, where a node's handlers look as well.
    """
    path, rest = call.route.literal, dict(call.parameters)
    for name in call.route.names:
        if rest.get(name, "") in {"", ".", ".."}:
            break
        path += "/" + quote(rest.pop(name), safe="")
    query = urlencode([*rest.items(), *call.query], quote_via=quote)
    return f"{path}?{query}" if query else path


def _content_headers(call: Call) -> dict[str, str]:
    if call.stream is None:
        content_type = _TYPES.get(call.route.body_mode, "application/json")
        return {"Content-Type": content_type, "Content-Length": str(len(call.body or b""))}
    if not call.content_type.lower().startswith("multipart/form-data; boundary="):
        raise WrongContentType("Send the file as multipart/form-data.")
    return {"Content-Type": call.content_type, "Content-Length": str(call.content_length)}


def _pieces(call: Call) -> Iterator[bytes]:
    """Yield an upload as it comes. Raises MalformedBody (400) when it ends before its length."""
    left = call.content_length
    while left and call.stream is not None:
        piece = call.stream.read(min(left, _PIECE))
        if not piece:
            raise MalformedBody("The body ended before its length.")
        left -= len(piece)
        yield piece
