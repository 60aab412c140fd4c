"""What is sent: the request of the caller, and what is left of it after a redirect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from egress.addresses import CheckedAddress
from egress.decoding import ACCEPTED_ENCODINGS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Framing and routing are this client's; a caller, or a user through it, may not set them.
_RESERVED = """
accept-encoding connection content-length expect host http2-settings keep-alive proxy-authorization
proxy-connection te trailer transfer-encoding upgrade
"""
RESERVED_HEADERS = frozenset(_RESERVED.split())
# All that another origin is told. Every other header might be a credential, whatever its name.
HARMLESS_HEADERS = frozenset(
    {"accept", "accept-language", "content-type", "if-modified-since", "if-none-match", "user-agent"}
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"([!-~]([ \t!-~]*[!-~])?)?")
_SEE_OTHER = 303
_MOVED = frozenset({301, 302})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request without its address. headers: lower-case names of the caller's headers, and their values."""

    method: str
    headers: Mapping[str, str]
    content: bytes | None

    @classmethod
    def of(cls, method: str, headers: Mapping[str, str] | None, content: bytes | None) -> "Outgoing":
        """Return the caller's request. Raises ValueError for a method or a header that may not be sent."""
        if method not in METHODS:
            raise ValueError(f"{method!r} is not a method that may be sent")
        for name, value in (headers or {}).items():
            if not is_sendable(name, value):
                raise ValueError(f"the header {name!r} may not be sent, or not with this value")
        return cls(method, {name.lower(): value for name, value in (headers or {}).items()}, content)

    def after_redirect(self, status: int, *, crosses_origin: bool) -> "Outgoing":
        """Return the request that follows a redirect, as the Fetch standard has it.

        303 turns all but HEAD into GET, 301 and 302 only POST. Another origin gets harmless headers alone.
        """
        request = self
        if (status == _SEE_OTHER and self.method != "HEAD") or (status in _MOVED and self.method == "POST"):
            kept = {name: value for name, value in self.headers.items() if name != "content-type"}
            request = Outgoing("GET", kept, None)
        if crosses_origin:
            kept = {name: value for name, value in request.headers.items() if name in HARMLESS_HEADERS}
            request = replace(request, headers=kept)
        return request

    def lines(self, place: CheckedAddress, user_agent: str) -> list[tuple[bytes, bytes]]:
        """Return all headers as they are sent to the place."""
        headers = {"user-agent": user_agent, "accept": "*/*", **self.headers}
        headers |= {"accept-encoding": ACCEPTED_ENCODINGS, "connection": "close"}
        if self.content is not None or self.method in {"POST", "PUT", "PATCH"}:
            headers["content-length"] = str(len(self.content or b""))
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        return [(b"host", place.url.split("/", 3)[2].encode()), *lines]


def is_sendable(name: str, value: str) -> bool:
    """Return whether a header may be sent: a token that is not reserved, and visible ASCII with inner spaces."""
    is_free = _NAME.fullmatch(name) is not None and name.lower() not in RESERVED_HEADERS
    return is_free and _VALUE.fullmatch(value) is not None
