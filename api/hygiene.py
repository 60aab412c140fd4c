"""What no path accepts: NUL bytes and credentials in the URL, bodies without a length, lax JSON at sign-in."""

import re
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from api.envelopes import speaks_json
from api.errors import BodyTooLarge, KeyInQuery, LengthRequired, MalformedBody, PlatformError, Unauthorized
from api.parsers import loads

# Names under which clients of other services put a key into the URL. Here that is refused.
KEY_NAMES = frozenset(
    {"access_token", "api-key", "api_key", "apikey", "auth", "authorization"}
    | {"bearer", "key", "token", "x-api-key"}
)
KEY_VALUE = re.compile(r"(fluxly_live_|fluxme_live_|flx_)\w{8}")


def url_fault(request: HttpRequest) -> PlatformError | None:
    """Return what is wrong with the URL, and on API paths with how the body was sent; None when nothing is."""
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


def body_fault(request: HttpRequest) -> PlatformError | None:
    """Return what is wrong with a body at the sign-in API, whose own parser lets too much through."""
    if not request.path.startswith("/_allauth/") or request.method in {"GET", "HEAD"}:
        return None
    try:
        if request.body and not isinstance(loads(request.body), dict):
            return MalformedBody("The body must be a JSON object.")
    except PlatformError as error:
        return error
    except RequestDataTooBig:
        return BodyTooLarge()
    return None


def _is_key(name: str, value: str) -> bool:
    return name.lower() in KEY_NAMES or KEY_VALUE.match(value) is not None
