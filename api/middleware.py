"""What every request passes: an id, one log line, and the refusal of bytes that no path accepts."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from api.addresses import client_address
from api.context import end_request, start_request
from api.envelopes import product_of
from api.handlers import refusal_response
from api.hygiene import body_fault, url_fault
from api.logged_paths import logged_path

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]


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
                path=logged_path(request.path),
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()
            end_request()


class InputHygieneMiddleware:
    """Refuse what no path accepts, before pages and the sign-in API see it.

    Below a product's paths the views do the same after authentication and throttle (`api.views`).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse in the envelope of the path."""
        error = None if product_of(request.path) else url_fault(request) or body_fault(request)
        return refusal_response(request, error) if error else self.get_response(request)
