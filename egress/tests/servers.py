"""Small servers of any temper, and an internet in which they have public addresses."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

Handler = Callable[[socket.socket], None]
PUBLIC = "93.184.216.34"


def says(*pieces: bytes) -> Handler:
    """Return a handler that sends the pieces and closes."""

    def handler(connection):
        for piece in pieces:
            connection.sendall(piece)

    return handler


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


class Server:
    """Listens on this machine; each connection has a thread. requests: what was sent to it, head and body."""

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None, speaks_first: bool = False):
        self.requests: list[bytes] = []
        self._handler = handler
        self._tls = tls
        self._speaks_first = speaks_first
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # Without the shutdown an accept that is under way would keep the socket alive.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(20)
        with contextlib.suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            if not self._speaks_first:
                self.requests.append(_read_request(connection))
            self._handler(connection)
            connection.close()


class Internet:
    """Which server stands at which public address and port; everything else cannot be reached.

    peers: the addresses and ports that were connected to, in order.
    """

    def __init__(self):
        self.peers: list[tuple[str, int]] = []
        self._servers: dict[tuple[str, int], Server] = {}

    def serve(self, handler: Handler, *, address=PUBLIC, port=80, **options) -> Server:
        self._servers[address, port] = Server(handler, **options)
        return self._servers[address, port]

    def close(self):
        for server in self._servers.values():
            server.close()

    def connect(self, connecting, target, real_connect):
        """Connect a socket of this process, in place of `socket.connect`."""
        if target[0].startswith("127."):
            return real_connect(connecting, target)
        self.peers.append(target)
        if target not in self._servers:
            raise OSError(101, "Network is unreachable")
        here = "::ffff:127.0.0.1" if connecting.family == socket.AF_INET6 else "127.0.0.1"
        return real_connect(connecting, (here, self._servers[target].port))


def _read_request(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(65536)
        if not data:
            return request
        request += data
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
