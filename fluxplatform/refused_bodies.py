"""The rest of a body that was refused is read and thrown away before the refusal goes out.

granian closes a connection on which unread bytes wait, and the client's system may then throw the answer away:
nginx made a 502 of every third refusal of a megabyte (RFC 9112, section 9.3: read it all, or close afterwards).
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Application = Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]]

# Whoever sends more, or more slowly, may lose the answer.
MOST_BYTES = 32 * 1024 * 1024
MOST_SECONDS = 5.0
_PIECE = 64 * 1024


def read_refused_bodies(application: Application) -> Application:
    """Return an application that answers as `application` does, but refuses only when the body has arrived."""

    def answer(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        is_refused = False

        def begin(status: str, *rest: Any) -> Any:
            nonlocal is_refused
            is_refused = status[0] in "45"
            return start_response(status, *rest)

        body = application(environ, begin)
        # Who waits to be told to go on (`Expect: 100-continue`) has sent nothing, and need not.
        if is_refused and "HTTP_EXPECT" not in environ and _has_body(environ):
            _read_on(environ["wsgi.input"])
        return body

    return answer


def _has_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _read_on(stream: Any) -> None:
    """Read to the end, or as far as the limits allow; the end comes at once when all was read before."""
    until, left = time.monotonic() + MOST_SECONDS, MOST_BYTES
    while left > 0 and time.monotonic() < until:
        piece = stream.read(_PIECE)
        if not piece:
            return
        left -= len(piece)
