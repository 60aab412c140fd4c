"""fluxd, or another daemon of bitcoind's family: the methods of the route table and no others."""

import re
from abc import ABC, abstractmethod
from typing import Any

from api.errors import FieldError, InvalidFields, PlatformError
from api.renderers import dumps
from cloud.arguments import call_arguments
from cloud.backends import JSON, Answer, BackendStatus, Call
from cloud.backends.rpc import RpcClient, read_json
from cloud.configuration import RpcAddress
from cloud.errors import BackendFailed, BackendRefused
from cloud.route_table import ROUTES
from cloud.routes import Route

_LIMIT = re.compile(r"[1-9]\d{0,6}")
_STATUS_SECONDS = 5.0


class RpcBackend(ABC):
    """Calls the methods that the table gives to the routes of one section."""

    name = ""
    section = ""

    def __init__(self, url: str) -> None:
        address = RpcAddress.of(url)
        self._client = RpcClient(address, what=self.name)
        self._asking = RpcClient(address, what=self.name, seconds=_STATUS_SECONDS)
        self._methods = frozenset(route.rpc for route in ROUTES if route.rpc and route.section == self.section)

    def call(self, call: Call) -> Answer:
        """Return the answer to a call, in a Flux node's words. Raises what `RpcClient.result` does."""
        route = call.route
        if route.rpc not in self._methods:
            raise BackendFailed
        given = call.body_json if route.method == "POST" else call.parameters
        result = self._client.result(route.rpc, call_arguments(route.rpc_arguments, given or {}))
        result = _without_private(route, call, _limited(call, result))
        return Answer(200, JSON, b'{"status":"success","data":' + result + b"}")

    def status(self) -> BackendStatus:
        """Return version and height, or why there is none."""
        url = self._client.address.url
        try:
            version, height = self.ask()
        except BackendRefused as error:
            return BackendStatus(self.name, url, True, True, error=error.message)
        except PlatformError as error:
            return BackendStatus(self.name, url, True, error=error.message)
        return BackendStatus(self.name, url, True, True, version, height)

    @abstractmethod
    def ask(self) -> tuple[str, int | None]:
        """Return the version and the height of the service."""


class DaemonBackend(RpcBackend):
    """The blockchain daemon."""

    name = "daemon"
    section = "Daemon"

    def ask(self) -> tuple[str, int | None]:
        """Return the version and the height."""
        info = self._asking.value("getnetworkinfo", [])
        height = self._asking.value("getblockcount", [])
        version = str(info.get("subversion") or info.get("version", "")) if isinstance(info, dict) else ""
        return version.strip("/"), height if isinstance(height, int) else None


class BenchmarkBackend(RpcBackend):
    """The benchmark daemon."""

    name = "benchmark"
    section = "Benchmark"

    def ask(self) -> tuple[str, int | None]:
        """Return the version; a benchmark daemon has no height."""
        info = self._asking.value("getinfo", [])
        return str(info.get("version", "")) if isinstance(info, dict) else "", None


def _limited(call: Call, result: bytes) -> bytes:
    """Return the first `limit` items of a list. Raises InvalidFields (400)."""
    limit = call.parameters.get("limit", "")
    if not limit:
        return result
    if not _LIMIT.fullmatch(limit):
        error = FieldError("limit", "invalid", "must be a whole number from 1 to 9999999")
        raise InvalidFields(errors=(error,))
    items = read_json(result)
    return dumps(items[: int(limit)]) if isinstance(items, list) else result


def _without_private(route: Route, call: Call, result: bytes) -> bytes:
    """Return the result without what only the operator may see."""
    if not route.private_fields or call.caller.privilege == "admin":
        return result
    data: Any = read_json(result)
    if not isinstance(data, dict):
        return result
    return dumps({name: value for name, value in data.items() if name not in route.private_fields})
