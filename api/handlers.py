"""Every refusal and every miss becomes an answer here: JSON in the product's envelope, or a page."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils.html import escape
from django.views.defaults import ERROR_PAGE_TEMPLATE
from django_ratelimit.exceptions import Ratelimited
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api import errors
from api.context import current_request_id
from api.envelopes import envelope_of, speaks_json
from api.renderers import dumps
from api.validation import field_errors

log = structlog.get_logger(__name__)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of a DRF view into the envelope of the product that owns the path."""
    request = context["request"]
    error = as_platform_error(exc)
    if isinstance(error, errors.ServerError):
        log.error("unhandled_exception", exc_info=exc)
    set_rollback()
    response = Response(envelope_of(request.path).refuse(error), status=error.status, headers=error.headers)
    response.exception = True
    return response


# Refusals of Django and DRF that need no more than a kind; the first that fits counts.
_KINDS: tuple[tuple[tuple[type[Exception], ...], type[errors.PlatformError]], ...] = (
    ((drf.AuthenticationFailed, drf.NotAuthenticated), errors.Unauthorized),
    ((drf.MethodNotAllowed,), errors.MethodNotAllowed),
    ((RequestDataTooBig,), errors.BodyTooLarge),
    ((SuspiciousOperation,), errors.PlatformError),
    ((drf.NotFound, Http404), errors.NotFound),
    ((drf.PermissionDenied, PermissionDenied), errors.Forbidden),
)


def as_platform_error(exc: Exception) -> errors.PlatformError:
    """Return the refusal that stands for an exception; anything unforeseen is a 500."""
    match exc:
        case errors.PlatformError():
            return exc
        case drf.ValidationError():
            return errors.InvalidFields(errors=field_errors(exc.detail))
        case drf.UnsupportedMediaType():
            return errors.WrongContentType(str(exc.detail))
        case drf.ParseError() | UnreadablePostError():
            return errors.MalformedBody("The body could not be read.")
        case drf.Throttled() | Ratelimited():
            # django-ratelimit does not say when its window ends; all of ours are a minute long.
            return errors.TooManyRequests(retry_after_seconds=math.ceil(getattr(exc, "wait", None) or 60))
    for kinds, error in _KINDS:
        if isinstance(exc, kinds):
            return error()
    return errors.ServerError(f"Something went wrong on our side. Request id: {current_request_id()}")


def refusal_response(request: HttpRequest, error: errors.PlatformError) -> HttpResponse:
    """Return a refusal outside DRF: JSON for API paths, a page for people."""
    if speaks_json(request.path):
        body = dumps(envelope_of(request.path).refuse(error))
        return HttpResponse(body, status=error.status, content_type="application/json", headers=error.headers)
    return error_page(request, status=error.status, message=error.message, headers=error.headers)


def error_page(
    request: HttpRequest, *, status: int, message: str, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Render the platform's error page with the status's own title."""
    context = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "message": message,
        "request_id": current_request_id(),
    }
    response = render(request, "api/error.html", context, status=status)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: suspicious input that Django itself refused."""
    return refusal_response(request, as_platform_error(exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return refusal_response(request, as_platform_error(exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: JSON below `/api/`, a page elsewhere."""
    del exception
    if speaks_json(request.path):
        return refusal_response(request, errors.NotFound())
    return error_page(request, status=404, message="There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: a request id and nothing else; works even when templates do not."""
    # Django calls this inside its `except`: this is the one place where a page's crash leaves a trace.
    log.error("unhandled_exception", exc_info=True)
    try:
        return refusal_response(request, as_platform_error(RuntimeError()))
    except Exception:
        log.exception("error_page_failed")
        page = ERROR_PAGE_TEMPLATE % {"title": "Server Error", "details": escape(current_request_id())}
        return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or stale."""
    log.info("csrf_refused", reason=reason)
    return error_page(
        request, status=403, message="This form has expired. Go back, reload the page and send it again."
    )
