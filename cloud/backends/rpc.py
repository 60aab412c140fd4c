"""JSON-RPC to a daemon of bitcoind's family: pooled connections, basic authentication, no digit lost.

A daemon's result goes out byte for byte as it came in, so an amount never passes through a float.
"""

import itertools
import json
from decimal import Decimal
from typing import Any

import structlog

from api.renderers import dumps
from cloud.backends.connections import BROKEN, MOST_BYTES, NOT_CONNECTED, SLOW, pool, timeouts
from cloud.configuration import RpcAddress
from cloud.errors import BackendDown, BackendFailed, BackendSlow
from cloud.rpc_errors import refusal_of

CALL_SECONDS = 40.0
# bitcoind closes a connection that was idle for 30 s; ours must be the earlier end.
IDLE_SECONDS = 15.0
log = structlog.get_logger(__name__)

_BEFORE = b'{"result":'


class RpcClient:
    """Calls methods of one daemon; its connections are shared by all threads."""

    def __init__(self, address: RpcAddress, *, what: str, seconds: float = CALL_SECONDS) -> None:
        self.address = address
        self._what = what
        self._headers = [("Content-Type", "application/json")]
        if address.authorization:
            self._headers.append(("Authorization", address.authorization))
        self._timeouts = timeouts(seconds)
        self._pool = pool(idle_seconds=IDLE_SECONDS)
        self._ids = itertools.count(1)

    def result(self, method: str, arguments: list[Any]) -> bytes:
        """Return the result of a call as JSON. Sends it once.

        Raises BackendDown, BackendSlow, BackendFailed and BackendRefused.
        """
        number = next(self._ids)
        # Version 1.0 is what all of the family speak.
        body = dumps({"jsonrpc": "1.0", "id": number, "method": method, "params": arguments})
        status, content = self._exchange(body)
        after = b',"error":null,"id":%d}' % number
        trimmed = content.rstrip()
        if trimmed.startswith(_BEFORE) and trimmed.endswith(after):
            return trimmed[len(_BEFORE) : -len(after)]
        return self._parsed(status, content, number)

    def value(self, method: str, arguments: list[Any]) -> Any:
        """Return the result of a call, numbers with a fraction as Decimal. Raises what `result` does."""
        return read_json(self.result(method, arguments))

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        extensions = {"timeout": self._timeouts}
        try:
            with self._pool.stream(
                "POST", self.address.url, headers=self._headers, content=body, extensions=extensions
            ) as response:
                pieces, received = [], 0
                for piece in response.iter_stream():
                    pieces.append(piece)
                    received += len(piece)
                    if received > MOST_BYTES:
                        raise BackendFailed(f"The {self._what}'s answer is too large to be passed on.")
                return response.status, b"".join(pieces)
        except NOT_CONNECTED as error:
            log.warning("cloud_backend_down", backend=self._what, error=type(error).__name__)
            raise BackendDown(f"The {self._what} does not answer. Try again in a minute.") from None
        except SLOW as error:
            log.warning("cloud_backend_slow", backend=self._what, error=type(error).__name__)
            raise BackendSlow from None
        except BROKEN as error:
            log.warning("cloud_backend_broken", backend=self._what, error=type(error).__name__)
            raise BackendFailed(
                f"The connection to the {self._what} broke. "
                "Look whether the call had an effect before you repeat it."
            ) from None

    def _parsed(self, status: int, content: bytes, number: int) -> bytes:
        """Return the result of an answer that is not in the usual order, or raise what it says."""
        if status in {401, 403}:
            log.error("cloud_backend_shut", backend=self._what, status=status)
            raise BackendFailed(
                f"The {self._what} did not let the platform in. Its operator must check the user and the password."
            )
        if status == 503:
            raise BackendDown(f"The {self._what} has too much to do. Try again in a minute.")
        answer = read_json(content)
        if not isinstance(answer, dict) or answer.get("id") != number:
            raise BackendFailed
        if (error := answer.get("error")) is not None:
            raise refusal_of(error)
        return dumps(answer.get("result"))


def read_json(content: bytes) -> Any:
    """Return what a daemon wrote, numbers with a fraction as Decimal. Raises BackendFailed."""
    try:
        return json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise BackendFailed from None
