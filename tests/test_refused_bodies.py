"""Bodies that are refused: read to their end, so that the refusal arrives, but not without end."""

import http.client
from io import BytesIO
from typing import Any

import pytest

from fluxplatform import refused_bodies
from fluxplatform.refused_bodies import read_refused_bodies
from tests.live import running_server

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def server():
    with running_server() as live:
        yield live


class Endless:
    """A body that never ends."""

    def __init__(self) -> None:
        self.received = 0

    def read(self, size: int) -> bytes:
        self.received += size
        return b"x" * size


def answer(stream: Any, *, status: str = "413 Too Large", **environ: str) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        return [b"answer"]

    begun: list[str] = []
    given = {"wsgi.input": stream, "CONTENT_LENGTH": "9", **environ}

    def start_response(status: str, *_: Any) -> Any:
        begun.append(status)

    body = read_refused_bodies(application)(given, start_response)
    assert (begun, body) == ([status], [b"answer"])
    return stream


@pytest.mark.parametrize("path", ["/id/verifylogin", "/daemon/decodescript", "/api/links", "/api/compress"])
def test_a_refusal_arrives_however_large_the_body_is(server, path):
    # http.client sends all of it before it reads anything.
    for _ in range(5):
        connection = http.client.HTTPConnection(server.url.partition("://")[2], timeout=30)
        connection.request("POST", path, b"x" * 8_000_000, {"Content-Type": "application/json"})
        assert connection.getresponse().status in {400, 401, 413, 415, 429}
        connection.close()


def test_the_rest_of_a_refused_body_is_read():
    assert answer(BytesIO(b"x" * 200_000)).read() == b""


@pytest.mark.parametrize(
    ("status", "environ"),
    [
        ("200 OK", {}),
        ("302 Found", {}),
        ("413 Too Large", {"CONTENT_LENGTH": ""}),
        ("413 Too Large", {"CONTENT_LENGTH": "0"}),
        ("413 Too Large", {"HTTP_EXPECT": "100-continue"}),
    ],
)
def test_nothing_is_read_of_what_was_accepted_or_not_sent(status, environ):
    assert answer(BytesIO(b"x"), status=status, **environ).read() == b"x"


def test_a_body_without_a_length_is_read_as_well():
    assert answer(BytesIO(b"x"), CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked").read() == b""


def test_reading_ends_after_enough_bytes_and_after_enough_time(monkeypatch):
    assert answer(Endless()).received == refused_bodies.MOST_BYTES
    monkeypatch.setattr(refused_bodies, "MOST_SECONDS", 0.0)
    assert answer(Endless()).received == 0
