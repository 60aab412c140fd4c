"""`fetch`: one request to an address that a user gave us, and what comes back, within limits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ada_url
import httpcore
import structlog
from django.conf import settings

from egress.addresses import AddressRefused, CheckedAddress, LookupOverdue, check
from egress.connections import Deadline, GuardedStream, connect
from egress.decoding import unpacked
from egress.errors import BadAnswer, FetchFailed, TooLarge, TooManyRedirects, TooSlow, Unreachable
from egress.requests import Outgoing

MOST_HEADERS = 200
# Each piece of a body costs some 5 µs, whether it has a byte or 64 KiB, and its length takes room of its own.
MOST_PIECES = 20_000
_FRAMING_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may take, redirects included.

    seconds: from the first look-up to the last byte. max_bytes: of the body when it is unpacked.
    max_header_bytes: of the head of each answer, interim ones included. max_redirects: how many are followed.
    """

    seconds: float = 10.0
    max_bytes: int = 1024 * 1024
    max_header_bytes: int = 64 * 1024
    max_redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status.

    headers: lower-case names; repeated ones are joined with commas. body: unpacked. url: where it came from in the
    end. elapsed_seconds: of the whole fetch. received_bytes: over all connections, packed, heads included.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    elapsed_seconds: float
    received_bytes: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_bytes: int
    location: str


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    schemes: frozenset[str] = frozenset({"https"}),
    limits: Limits = Limits(),
) -> Fetched:
    """Send one request and return the answer, following redirects, each of which is judged like the first address.

    A connection goes to the address that `check` returned and is used once. https never leads to http. After a
    redirect to another scheme, host or port only harmless headers go along. 304, 404, 429 and 500 are answers, and
    for the caller to judge.

    Raises FetchFailed; ValueError for a method or a header that may not be sent (see `egress.requests`).
    """
    request = Outgoing.of(method, headers, content)
    deadline = Deadline(limits.seconds)
    try:
        return _followed(url, request, schemes, limits, deadline)
    except FetchFailed as failure:
        reason = str(failure.__cause__ or "")
        log.info("fetch_failed", code=failure.code, reason=reason, duration_ms=round(deadline.elapsed() * 1000))
        raise


def _followed(url: str, request: Outgoing, schemes: frozenset[str], limits: Limits, deadline: Deadline) -> Fetched:
    received_bytes = 0
    place = _judged(url, schemes, deadline)
    for _ in range(limits.max_redirects + 1):
        answer = _exchange(place, request, limits, deadline)
        received_bytes += answer.received_bytes
        if not answer.location:
            elapsed = deadline.elapsed()
            return Fetched(answer.status, answer.headers, answer.body, place.url, elapsed, received_bytes)
        if place.scheme == "https":
            schemes = frozenset({"https"})
        before, place = place, _judged(_target(place.url, answer.location), schemes, deadline)
        request = request.after_redirect(answer.status, crosses_origin=_origin(place) != _origin(before))
    raise TooManyRedirects


def _judged(url: str, schemes: frozenset[str], deadline: Deadline) -> CheckedAddress:
    try:
        return check(url, schemes=schemes, seconds=deadline.left())
    except LookupOverdue as error:
        raise TooSlow from error
    except AddressRefused as error:
        raise Unreachable from error


def _exchange(place: CheckedAddress, request: Outgoing, limits: Limits, deadline: Deadline) -> _Answer:
    """Return the answer of one place. The body of a redirect is not read."""
    stream = connect(place, deadline, allowance=limits.max_header_bytes)
    try:
        return _answer(place, request, limits, stream)
    except (httpcore.ReadError, httpcore.RemoteProtocolError) as error:
        # A server that takes the connection and says nothing is not there; one that begins and stops is broken.
        raise (BadAnswer if stream.received_bytes else Unreachable) from error
    finally:
        stream.close()


def _answer(place: CheckedAddress, request: Outgoing, limits: Limits, stream: GuardedStream) -> _Answer:
    scheme, host = place.scheme.encode(), place.host.encode()
    target = b"/" + place.url.encode().split(b"/", 3)[3]
    connection = httpcore.HTTP11Connection(httpcore.Origin(scheme, host, place.port), stream)
    response = connection.handle_request(
        httpcore.Request(
            request.method.encode(),
            httpcore.URL(scheme=scheme, host=host, port=place.port, target=target),
            headers=request.lines(place, f"FluxPlatform (+{settings.BASE_URL})"),
            content=request.content,
        )
    )
    if len(response.headers) > MOST_HEADERS:
        raise TooLarge
    headers = _joined(response.headers)
    location = headers.get("location", "") if response.status in _REDIRECTS else ""
    # Meant as ASCII, but where it is more, it is UTF-8.
    location = location.encode("latin-1").decode("utf-8", "replace")
    body = b""
    if not location:
        stream.allow(2 * limits.max_bytes + _FRAMING_BYTES)
        body = unpacked(_counted(response.iter_stream()), headers.get("content-encoding", ""), limits.max_bytes)
    return _Answer(response.status, headers, body, stream.received_bytes, location)


def _counted(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for count, piece in enumerate(pieces):
        if count >= MOST_PIECES:
            raise TooLarge
        yield piece


def _joined(lines: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return MappingProxyType(headers)


def _target(base: str, location: str) -> str:
    """Return where a redirect leads; one that names a host is judged as it was written, not as it was mended."""
    if _HAS_SCHEME.match(location):
        return location
    if location.startswith("//"):
        return base.partition(":")[0] + ":" + location
    if "\\" in location or any(c <= " " for c in location):
        raise BadAnswer
    return ada_url.join_url(base, location)


def _origin(place: CheckedAddress) -> tuple[str, str, int]:
    return place.scheme, place.host, place.port
