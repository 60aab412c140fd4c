"""The gateway over HTTP: what of a request counts, and what an answer may say."""

import re
import time
from dataclasses import replace
from typing import IO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from api.addresses import client_address
from api.errors import BodyTooLarge, LengthRequired, MalformedBody, PlatformError
from api.handlers import refusal_response
from api.parsers import DEFAULT_MAX_BODY_BYTES, loads
from apikeys.windows import rate_windows
from cloud import gateway as calls
from cloud.answering import bucket_of_address, bucket_of_id, freshness
from cloud.backends import Answer, Call
from cloud.callers import PUBLIC, Caller, caller_of
from cloud.errors import NeverForwarded, NotForPrefetch, NotSignedIn, TooMany
from cloud.front import KEPT
from cloud.matching import Match
from cloud.parameters import further_pairs, parameters_of, query_pairs
from cloud.streaming import Passed

# What a back end may read of a request.
FORWARDED = ("zelidauth", "enterprise-key", "range")
# What a back end may say besides its body. A cookie of its own, or a type that a browser runs, it may not.
PASSED_ON = frozenset(
    {"content-disposition", "content-length", "content-range", "accept-ranges", "fluxnode", "retry-after"}
)
_SAFE_TYPE = re.compile(r"(application/json|text/plain)(\s*;\s*charset=utf-8)?", re.IGNORECASE)
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@csrf_exempt
def gateway(request: HttpRequest) -> HttpResponseBase:
    """Answer one call of the Flux API."""
    try:
        if request.method == "OPTIONS":
            headers = {"Allow": ", ".join(calls.allowed(request.path_info)), "Content-Length": "0"}
            return HttpResponse(status=204, headers=headers)
        return _answered(request)
    except PlatformError as error:
        response = refusal_response(request, error)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _answered(request: HttpRequest) -> HttpResponseBase:
    match = calls.find(request.method or "", request.path_info)
    route = match.route
    # Where everybody gets the same answer, it does not matter who asks.
    is_anybody = route.is_kept and not route.private_fields
    caller = PUBLIC if is_anybody else caller_of(request)
    _count(request, caller)
    if route.is_forbidden:
        raise NeverForwarded
    purpose = request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""
    if route.changes_state and "prefetch" in purpose:
        raise NotForPrefetch
    if caller.zelid is None and not route.is_public:
        raise NotSignedIn
    call = _call(request, match, caller)
    calls.check_tier(call, caller)
    return _response(request, calls.answer(call))


def _count(request: HttpRequest, caller: Caller) -> None:
    """Count the call for its signer, or for the address that nobody signed at. Raises TooMany (429)."""
    bucket = bucket_of_id(caller.zelid) if caller.zelid else bucket_of_address(client_address(request))
    window = rate_windows().hit(bucket, settings.CLOUD.calls_per_minute)
    if window.exceeded:
        raise TooMany(retry_after_seconds=window.retry_after_seconds)


def _call(request: HttpRequest, match: Match, caller: Caller) -> Call:
    route = match.route
    pairs = query_pairs(request.META.get("QUERY_STRING", ""))
    parameters = parameters_of(route, match.values, pairs)
    # A daemon is asked by parameters alone: what else the query holds has no effect, and no key of its own.
    further = () if route.rpc else further_pairs(route, pairs)
    behalf = calls.on_behalf_of(route, caller)
    headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
    call = Call(route, parameters, further, caller=behalf, headers={} if route.is_kept else headers)
    return call if route.method == "GET" else _with_body(request, call)


def _with_body(request: HttpRequest, call: Call) -> Call:
    """Return the call with its body: an upload unread, anything else as the JSON object that it must be."""
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired
    content_type = request.META.get("CONTENT_TYPE", "")
    if call.route.body_mode == "multipart":
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdecimal():
            raise LengthRequired
        upload = cast(IO[bytes], request)
        return replace(call, content_type=content_type, stream=upload, content_length=int(length))
    body = request.read(DEFAULT_MAX_BODY_BYTES + 1)
    if len(body) > DEFAULT_MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is larger than {DEFAULT_MAX_BODY_BYTES} bytes.")
    if not body.strip():
        return call
    # Whatever the content type says: the Flux front end sends its JSON as a form or as text.
    parsed = loads(body)
    if not isinstance(parsed, dict):
        raise MalformedBody("The body must be a JSON object.")
    return replace(call, content_type=content_type, body=body, body_json=parsed)


def _response(request: HttpRequest, outcome: calls.Outcome) -> HttpResponseBase:
    """Return the answer as a response: of a type that no browser runs, and honest about where it was kept."""
    answer, kept = outcome.answer, outcome.kept
    headers = _headers(answer) | {"X-Flux-Backend": outcome.source}
    if kept is None:
        headers |= {"X-Cache": "BYPASS", "Cache-Control": "no-store"}
    else:
        headers |= freshness(kept, time.time(), was_kept=outcome.was_kept) | {"Vary": "zelidauth"}
        if kept.is_good and request.method == "GET":
            request.META[KEPT] = (outcome.key, kept.made_at)
        if kept.tag:
            headers["ETag"] = tag = f'"{kept.tag}"'
            if tag in request.headers.get("If-None-Match", ""):
                return HttpResponse(status=304, headers=headers)
    if isinstance(answer.body, bytes):
        return HttpResponse(answer.body, status=answer.status, headers=headers)
    # With a length, an answer that breaks off is shorter than that.
    pieces = answer.body if "content-length" in headers else Passed(answer.body)
    return StreamingHttpResponse(pieces, status=answer.status, headers=headers)


def _headers(answer: Answer) -> dict[str, str]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() in PASSED_ON}
    if _SAFE_TYPE.fullmatch(answer.content_type):
        headers["Content-Type"] = answer.content_type
    else:
        headers["Content-Type"] = "application/octet-stream"
        headers.setdefault("Content-Disposition", "attachment")
    return headers | {"Content-Security-Policy": POLICY}
