"""A provider's own server for tests: a real one on this machine, whose answers a test decides."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.utils import timezone

from providers.models import PullSource
from providers.pull_settings import host_of


@dataclass
class Answer:
    """What the server says. before: called first, e.g. to wait for an event."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None


@dataclass
class FeedServer:
    """A running server. asked: the headers of each request, lower case, with its path as `:path`."""

    port: int
    answer: Answer = field(default_factory=Answer)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    most_at_once: dict[str, int] = field(default_factory=dict)

    def url(self, host: str = "127.0.0.1", path: str = "/feed.json") -> str:
        """Return an address of the server; any host of 127.0.0.0/8 leads to it."""
        return f"http://{host}:{self.port}{path}"

    def says(self, data: Any, **how: Any) -> None:
        """Answer with the data as JSON from now on."""
        self.answer = Answer(data if isinstance(data, bytes) else json.dumps(data).encode(), **how)


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """Serve on all of 127.0.0.0/8 until the block ends."""
    lock, now = threading.Lock(), {}  # type: ignore[var-annotated]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"]
            answer = server.answers.get(host.partition(":")[0], server.answer)
            with lock:
                server.asked.append({k.lower(): v for k, v in self.headers.items()} | {":path": self.path})
                now[host] = now.get(host, 0) + 1
                server.most_at_once[host] = max(now[host], server.most_at_once.get(host, 0))
            try:
                answer.before()
            finally:
                with lock:
                    now[host] -= 1
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

    httpd = ThreadingHTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104 - the test's own hosts are all of 127/8
    httpd.daemon_threads = True
    server = FeedServer(httpd.server_address[1])
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def make_source(provider: Any, url: str, **given: Any) -> PullSource:
    """Return a saved source that is due now; past the check that addresses are https and public."""
    values = {"next_due_at": timezone.now(), "host": host_of(url), "url": url}
    return PullSource.objects.create(provider=provider, **(values | given))
