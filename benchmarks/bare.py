"""The least a WSGI application can do: one 302 with the headers of a short link's redirect, nothing looked up."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

HEADERS = [
    ("Location", "https://example.com/very/long/path"),
    ("Cache-Control", "private, no-store"),
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer-when-downgrade"),
]


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer 302 to everything."""
    del environ
    start_response("302 Found", HEADERS)
    return [b""]
