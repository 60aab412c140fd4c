"""The base of public answers: scripts of any web site may read them, and caches ask before they use them again."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from rest_framework.request import Request
from rest_framework.response import Response

from api.renderers import dumps
from api.views import PlatformAPIView

PUBLIC_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, X-Request-Id",
    "Access-Control-Max-Age": "86400",
}
# Caches may keep a public answer, and must ask before they use it again.
REVALIDATED = "public, no-cache"


class OpenToBrowsers(PlatformAPIView):
    """Lets scripts of any web site read the public answers."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the CORS headers to what needs no key."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in PUBLIC_METHODS:
            open_to_browsers(response)
        return response

    def answer_unless_known(
        self, request: Request, data: Any, *, content_type: str = "application/json"
    ) -> HttpResponse:
        """Return the data in the envelope, or 304 when the client has these very bytes."""
        return unless_known(request, dumps(self.envelope.succeed(data)), content_type)


def open_to_browsers(response: HttpResponseBase) -> None:
    """Add the CORS headers."""
    for name, value in CORS.items():
        response.headers[name] = value


def unless_known(
    request: HttpRequest | Request, body: bytes, content_type: str, *, modified_at: datetime | None = None
) -> HttpResponse:
    """Return the body under the digest of its bytes as the `ETag`, or 304 when the client has it.

    modified_at: also shown as `Last-Modified`, for clients that send no `If-None-Match`.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    seconds = None if modified_at is None else int(modified_at.timestamp())
    if _has(request.META, etag, seconds):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = REVALIDATED
    if seconds is not None:
        response["Last-Modified"] = http_date(seconds)
    return response


def _has(headers: Mapping[str, str], etag: str, modified_seconds: int | None) -> bool:
    """Return whether the client has the answer; `If-None-Match` alone counts where it is sent (RFC 9110)."""
    if "HTTP_IF_NONE_MATCH" in headers:
        return is_known(headers["HTTP_IF_NONE_MATCH"], etag)
    since = parse_http_date_safe(headers.get("HTTP_IF_MODIFIED_SINCE", ""))
    return modified_seconds is not None and since is not None and modified_seconds <= since


def is_known(header: str, etag: str) -> bool:
    """Return whether `If-None-Match` names the validator, by RFC 9110's weak comparison."""
    return any(known.removeprefix("W/") in {etag, "*"} for known in parse_etags(header))
