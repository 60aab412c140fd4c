"""A status page of this machine that goes down and comes back, and monitors that look at it."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from providers.models import Provider, UptimeMonitor
from providers.services import uptime as services


class StatusPage:
    """Listens on this machine. status: what it answers. head_status: what it answers to HEAD, where that differs.

    seconds: how long it thinks first. asked: the methods, in order. `stop` and `start` take it away and bring it
    back at the same address.
    """

    def __init__(self):
        self.status = 200
        self.head_status: int | None = None
        self.seconds = 0.0
        self.body = b"All systems operational"
        self.asked: list[str] = []
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/status"

    def start(self):
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                page.asked.append("HEAD")
                self._answer(page.head_status or page.status, b"")

            def do_GET(self):
                page.asked.append("GET")
                self._answer(page.status, page.body)

            def _answer(self, status, body):
                time.sleep(page.seconds)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def make_monitor(provider: Provider, url: str = "https://status.acme.com/") -> UptimeMonitor:
    """Return a monitor that is due now."""
    return services.set_monitor(provider=provider, status_url=url)
