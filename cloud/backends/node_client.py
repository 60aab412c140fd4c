"""HTTP to one Flux node: pooled connections, nothing of the caller's but what a call says.

A node is named by its operator, so its address may be a private one.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import structlog

from cloud.backends.connections import BROKEN, MOST_BYTES, NOT_CONNECTED, SLOW, pool, timeouts
from cloud.errors import BackendDown, BackendFailed, BackendSlow

CALL_SECONDS = 30.0
# Node.js closes a connection that was idle for 5 s; ours must be the earlier end.
IDLE_SECONDS = 4.0
log = structlog.get_logger(__name__)


class NotConnected(BackendDown):
    """503: no connection came about, so the call was not sent."""


class ConnectionLost(BackendFailed):
    """502: the connection ended before the answer was there."""

    message = "The connection to the node broke. Look whether the call had an effect before you repeat it."


class Reply:
    """The head of an answer, and its body as it comes. Whoever gets one closes it."""

    def __init__(self, response: httpcore.Response, address: str, until: float) -> None:
        self.status = response.status
        pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
        self.headers = dict(pairs)
        self._response = response
        self._pieces: Iterator[bytes] = iter(response.iter_stream())
        self._address = address
        self._until = until

    def __iter__(self) -> "Reply":
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next bytes, 30 s after the last ones at most. Raises BackendSlow, ConnectionLost."""
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except (*SLOW, *BROKEN) as error:
            raise refusal(error, self._address) from None

    def read(self, most: int = MOST_BYTES) -> bytes:
        """Return the whole body. Raises BackendSlow 30 s after the call, BackendFailed for too large a one."""
        pieces, received = [], 0
        for piece in self:
            pieces.append(piece)
            received += len(piece)
            if received > most:
                raise BackendFailed("The node's answer is too large to be passed on.")
            if time.monotonic() > self._until:
                raise BackendSlow
        return b"".join(pieces)

    def close(self) -> None:
        """Give the connection back, or end it when the body was not read to its end."""
        self._response.close()


class NodeClient:
    """Calls one node; its connections are shared by all threads."""

    def __init__(self, address: str, *, seconds: float = CALL_SECONDS) -> None:
        url = httpcore.URL(address)
        self.address = address
        self._scheme, self._host, self._port = url.scheme, url.host, url.port
        self._host_header = address.partition("://")[2]
        self._seconds = seconds
        self._timeouts = timeouts(seconds)
        self._pool = pool(idle_seconds=IDLE_SECONDS)

    def send(
        self, method: str, target: str, headers: dict[str, str], content: bytes | Iterable[bytes] | None = None
    ) -> Reply:
        """Send a request once and return the answer's head. target: path and query, percent-encoded.

        Raises NotConnected, ConnectionLost and BackendSlow.
        """
        given = {"Host": self._host_header, "Accept": "*/*", "Accept-Encoding": "identity"} | headers
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target.encode("ascii")),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in given.items()],
            content=content,
            extensions={"timeout": self._timeouts},
        )
        until = time.monotonic() + self._seconds
        try:
            return Reply(self._pool.handle_request(request), self.address, until)
        except (*NOT_CONNECTED, *SLOW, *BROKEN) as error:
            raise refusal(error, self.address) from None


def refusal(error: Any, address: str) -> BackendDown | BackendFailed | BackendSlow:
    """Return what a fault of the connection means for the caller, and write it down."""
    log.warning("cloud_node_failed", node=address, error=type(error).__name__)
    if isinstance(error, NOT_CONNECTED):
        return NotConnected("The Flux node does not answer. Try again in a minute.")
    return BackendSlow() if isinstance(error, SLOW) else ConnectionLost()
