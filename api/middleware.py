"""What every request passes: an id, one log line, and the refusal of bytes that no path accepts."""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from api.addresses import client_address
from api.context import end_request, start_request
from api.envelopes import speaks_json
from api.errors import KeyInQuery, LengthRequired, MalformedBody, PlatformError, Unauthorized
from api.handlers import refusal_response

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]

# Names under which clients of other services put a key into the URL. Here that is refused.
KEY_NAMES = frozenset(
    [
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "key",
        "token",
        "x-api-key",
    ]
)
KEY_VALUE = re.compile(r"(fluxly_live_|fluxme_live_|flx_)\w{8}")


class RequestContextMiddleware:
    """Give each request an id, echo it as `X-Request-Id`, and log one line when it is answered."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; the line has path and status, never the query, a header or a body."""
        request_id = start_request(request.headers.get("X-Request-Id"), address=client_address(request))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()
            end_request()


class InputHygieneMiddleware:
    """Refuse NUL bytes in the URL, and on API paths credentials in the query and bodies without a length."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse in the envelope of the path."""
        error = self._fault(request)
        return refusal_response(request, error) if error else self.get_response(request)

    @staticmethod
    def _fault(request: HttpRequest) -> PlatformError | None:
        query: str = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or "\0" in query:
            return MalformedBody("The URL contains a NUL byte.")
        if not speaks_json(request.path):
            return None
        if query and any(_is_key(name, value) for name, value in parse_qsl(query, keep_blank_values=True)):
            has_header = "HTTP_AUTHORIZATION" in request.META or "HTTP_X_API_KEY" in request.META
            return KeyInQuery() if has_header else Unauthorized()
        # Under WSGI a chunked body would look empty, and an update without fields like one that was meant.
        return LengthRequired() if "HTTP_TRANSFER_ENCODING" in request.META else None


def _is_key(name: str, value: str) -> bool:
    return name.lower() in KEY_NAMES or KEY_VALUE.match(value) is not None
