"""What answers the gateway's calls: a daemon, a benchmark daemon, Flux nodes, or the built-in mock.

Public names: `Call`, `Answer`, `Backend`, `BackendStatus`; `choice.backend_for` and `choice.backends`. A back end
raises the refusals of `cloud.errors` and nothing else; it never repeats a call that may have had an effect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from cloud.callers import PUBLIC, Caller
from cloud.routes import Route

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, after the gateway has let it through.

    parameters: of the path and the query, by name. query: what else the query held. body: as it arrived, None
    without one; body_json: what it says, numbers with a fraction as Decimal. caller: PUBLIC where the answer is
    for everybody. headers: the few that a back end may read, in lower case. stream: an upload, not read yet,
    and content_length how many bytes it has.
    """

    route: Route
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    body_json: Any = None
    content_type: str = ""
    caller: Caller = PUBLIC
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: IO[bytes] | None = None
    content_length: int = 0


@dataclass(slots=True)
class Answer:
    """What came back. body: bytes, or an iterator of them for an answer that is passed on as it comes."""

    status: int
    content_type: str
    body: bytes | Iterator[bytes]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What an operator wants to know.

    address: without credentials. error: a sentence, "" when all is well. parts: each service
    where there are several.
    """

    name: str
    address: str = ""
    is_configured: bool = False
    is_reachable: bool = False
    version: str = ""
    height: int | None = None
    error: str = ""
    parts: tuple["BackendStatus", ...] = ()


class Backend(Protocol):
    """One kind of service."""

    name: str

    def call(self, call: Call) -> Answer:
        """Return the answer. Raises BackendDown, BackendFailed, BackendSlow, BackendRefused, InvalidFields."""

    def status(self) -> BackendStatus:
        """Return how the service is, asking it."""
