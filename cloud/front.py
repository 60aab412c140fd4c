"""Kept answers that were given before, given again before Django is entered.

The view decides what an answer looks like: the first time, its status and headers are noted beside the key of the
kept answer, for exactly that path, query and origin at that host. From then on, for as long as the answer is kept,
the same simple GET gets the same bytes for a fraction of the work. Whatever differs goes to the view; a test
drives both with the same requests. Each call counts for its address here as there; only the line in the log is
left out.
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from api.addresses import address_of
from cloud.answering import bucket_of_address, freshness
from cloud.keeping import answers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

from apikeys.windows import rate_windows

Environ = dict[str, Any]
Application = Callable[[Environ, "StartResponse"], Iterable[bytes]]

# Set by the view: the key of the kept answer that it has just given, and when that was made.
KEPT = "cloud.kept"
MOST_PLACES = 10_000
# A request with one of these is not simple; its answer may be another one.
_NOT_SIMPLE = ("HTTP_ZELIDAUTH", "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_TRANSFER_ENCODING")
# What differs from answer to answer.
_OF_ITS_OWN = frozenset({"age", "cache-control", "x-cache", "x-request-id"})


class Place(NamedTuple):
    """Where an answer was given: every part of a request that its headers may depend on."""

    path: str
    query: str
    host: str
    scheme: str
    origin: str


class _Seen(NamedTuple):
    """How the answer that was made at `made_at` was given."""

    key: str
    made_at: float
    headers: list[tuple[str, str]]


def answer_kept(django: Application) -> Application:
    """Return an application that gives kept answers again itself and leaves the rest to `django`."""
    seen: dict[Place, _Seen] = {}
    scheme = (getattr(settings, "SECURE_PROXY_SSL_HEADER", None) or ("wsgi.url_scheme",))[0]

    def answer(environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        place = Place(
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_HOST", ""),
            environ.get(scheme, ""),
            environ.get("HTTP_ORIGIN", ""),
        )
        found = seen.get(place)
        if found is not None and environ["REQUEST_METHOD"] == "GET" and _is_simple(environ):
            kept = answers().get(found.key)
            if kept is not None and kept.made_at == found.made_at and _has_room(environ):
                start_response("200 OK", [*found.headers, *freshness(kept, time.time(), was_kept=True).items()])
                return [kept.body]

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if KEPT in environ and status.startswith("200 ") and _is_simple(environ):
                _note(seen, place, environ[KEPT], headers)
            return start_response(status, headers, *rest)

        return django(environ, begin)

    return answer


def _is_simple(environ: Environ) -> bool:
    return not any(name in environ for name in _NOT_SIMPLE)


def _has_room(environ: Environ) -> bool:
    """Count the call; over the limit the view refuses it, which it counts once more."""
    bucket = bucket_of_address(address_of(environ, settings.NUM_PROXIES))
    return not rate_windows().hit(bucket, settings.CLOUD.calls_per_minute).exceeded


def _note(seen: dict[Place, _Seen], place: Place, kept: tuple[str, float], headers: list[tuple[str, str]]) -> None:
    if any(name.lower() == "set-cookie" for name, _ in headers):
        return
    if len(seen) >= MOST_PLACES:
        seen.clear()
    seen[place] = _Seen(*kept, [pair for pair in headers if pair[0].lower() not in _OF_ITS_OWN])
