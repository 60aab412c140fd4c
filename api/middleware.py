"""What every request passes: an id, one log line, and the refusal of what no path and no list accepts."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.http import HttpRequest, HttpResponseRedirect
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


class ChosenRowsMiddleware:
    """Refuse rows that were chosen in a list of an admin by ids that cannot be one: Django would crash (500)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponseBase | None:
        """Lead back to the list with a sentence; views of every admin site name their admin."""
        admin = getattr(view, "model_admin", None)
        if admin is None or request.method != "POST":
            return None
        if all(_can_be_id(text, admin.opts.pk) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return None
        messages.error(request, "The choice of rows was not understood, so nothing was done. Choose them again.")
        return HttpResponseRedirect(request.get_full_path())


def _can_be_id(text: str, field: "Field[Any, Any]") -> bool:
    """Return whether a column of ids could hold the text: its kind and, for numbers, its range."""
    try:
        field.run_validators(field.to_python(text))
    except ValidationError:
        return False
    return True
