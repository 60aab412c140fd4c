"""What is kept of a back end's answer, and for how long."""

import hashlib
import time
from functools import cache

import orjson
import structlog
from django.conf import settings

from api.envelopes import ENVELOPES
from api.errors import PlatformError
from api.renderers import dumps
from cloud.backends import JSON, Answer, Backend, Call
from cloud.cache import ERROR_SECONDS, AnswerCache, Kept, Shared
from cloud.shared_answers import RedisAnswers

_SUCCESS = (b'{"status":"success"', b'{"status": "success"')
log = structlog.get_logger(__name__)


@cache
def answers() -> AnswerCache:
    """Return the answers that this process keeps, in front of Redis where there is one."""
    shared = RedisAnswers(settings.REDIS_URL) if settings.REDIS_URL else Shared()
    return AnswerCache(shared, clock=time.time)


def kept_of(backend: Backend, call: Call) -> Kept:
    """Ask the back end and return what may be given to everybody who asks the same; refusals too, but briefly."""
    try:
        answer = backend.call(call)
    except PlatformError as error:
        body = dumps(ENVELOPES["fluxcloud"].refuse(error))
        return _kept(Answer(error.status, JSON, body, error.headers), backend.name, ERROR_SECONDS, is_good=False)
    if not isinstance(answer.body, bytes):
        answer.body = b"".join(answer.body)
    is_good = answer.status == 200 and _is_success(answer.body)
    seconds = call.route.cache_seconds
    return _kept(answer, backend.name, seconds if is_good else min(seconds, ERROR_SECONDS), is_good=is_good)


def _kept(answer: Answer, source: str, seconds: float, *, is_good: bool) -> Kept:
    assert isinstance(answer.body, bytes)  # noqa: S101 - both callers see to it
    now = time.time()
    return Kept(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        headers=tuple(answer.headers.items()),
        source=source,
        made_at=now,
        ends_at=now + seconds,
        is_good=is_good,
        tag=hashlib.blake2b(answer.body, digest_size=12).hexdigest() if is_good else "",
    )


def _is_success(body: bytes) -> bool:
    """Return whether the body is no refusal: a node sends those with status 200 as well."""
    if body.startswith(_SUCCESS):
        return True
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return True
    return not isinstance(parsed, dict) or parsed.get("status") == "success"
