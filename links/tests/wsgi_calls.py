"""One request at the WSGI door, as the server hands it in."""

import io
from typing import Any, NamedTuple

from django.core.signals import request_finished, request_started
from django.db import close_old_connections


class Answer(NamedTuple):
    """What came out. headers: with lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


def environ_of(path: str, **overrides: Any) -> dict[str, Any]:
    """Return the environment of a GET; overrides replace or add entries, None removes one."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.77",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    return {name: value for name, value in (environ | overrides).items() if value is not None}


def call(application: Any, environ: dict[str, Any]) -> Answer:
    """Answer one request through a WSGI application."""
    seen: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        seen.append((status, headers))

    # As Django's own test client does: the connection is in the middle of the test's transaction.
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    try:
        response = application(dict(environ), start_response)
        body = b"".join(response)
        if hasattr(response, "close"):
            response.close()
    finally:
        for signal in ends:
            signal.connect(close_old_connections)
    ((status, headers),) = seen
    return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, body)
