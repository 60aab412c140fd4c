"""What a node's answer means: it sends refusals with status 200, which they have not here."""

import json
from typing import Any

import orjson

from cloud.backends import JSON, Answer
from cloud.backends.node_client import Reply
from cloud.errors import BackendDown, BackendFailed, BackendLacks
from cloud.routes import Route

_SUCCESS = (b'{"status":"success"', b'{"status": "success"')
_MOST_OF_A_REFUSAL = 64 * 1024
_PASSED_THROUGH = frozenset({200, 206, 304, 416})


def answer_of(route: Route, reply: Reply) -> Answer:
    """Return the answer: read where it is JSON, else passed on as it comes.

    Raises BackendDown (503), BackendFailed (502), BackendLacks (501), and what `Reply.read` raises.
    """
    is_passed_on = False
    try:
        content_type = reply.headers.get("content-type", "")
        _judge(reply, content_type)
        length = reply.headers.get("content-length", "")
        is_short = length.isdecimal() and int(length) <= _MOST_OF_A_REFUSAL
        is_json = content_type.partition(";")[0].strip().lower() == JSON
        if route.answer_mode == "json" or (is_json and is_short):
            return _read(reply, content_type)
        is_passed_on = True
        return Answer(reply.status, content_type, reply, dict(reply.headers))
    finally:
        if not is_passed_on:
            reply.close()


def _judge(reply: Reply, content_type: str) -> None:
    """Refuse what is no answer of a node."""
    if reply.status in {429, 503}:
        raise BackendDown("The Flux node has too much to do. Try again in a minute.")
    is_envelope = content_type.startswith(JSON)
    if reply.status == 404 and not is_envelope:
        raise BackendLacks(501, "Error", "The Flux node does not have this call in its version.")
    if reply.status not in _PASSED_THROUGH and not (400 <= reply.status < 500 and is_envelope):
        raise BackendFailed
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise BackendFailed


def _read(reply: Reply, content_type: str) -> Answer:
    body = reply.read()
    status = reply.status
    if status == 200 and content_type.startswith(JSON):
        status = true_status(body)
    headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
    return Answer(status, content_type, body, headers)


def true_status(body: bytes) -> int:
    """Return the status that says what the body says. Raises BackendFailed for what is no JSON."""
    if body.startswith(_SUCCESS):
        return 200
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            # Numbers that only Python reads, such as NaN, are none; whole ones of any length are.
            parsed = json.loads(body, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise BackendFailed from None
    if not isinstance(parsed, dict) or parsed.get("status") != "error":
        return 200
    data = parsed.get("data")
    code = data.get("code") if isinstance(data, dict) else None
    if not isinstance(code, int) or not 400 <= code <= 599:
        return 400
    # A fault of the node is none of the platform, and nothing that the caller could do better.
    return code if code < 500 else 502


def _refuse(name: str) -> None:
    raise ValueError(name)
