"""Connections to addresses that were checked, with one deadline for everything that happens on them."""

import functools
import socket
import ssl
import time

import certifi
import httpcore

from egress.addresses import CheckedAddress
from egress.errors import TooLarge, TooSlow, Unreachable

# A name may have any number of addresses; how many of them one fetch tries is not for its owner to decide.
MOST_ATTEMPTS = 3


class Deadline:
    """The end of a fetch, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._started = time.monotonic()
        self._seconds = seconds

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._started

    def left(self) -> float:
        """Return the seconds left, more than 0. Raises TooSlow."""
        left = self._seconds - self.elapsed()
        if left <= 0:
            raise TooSlow
        return left


class GuardedStream(httpcore.NetworkStream):
    """A connected socket as httpcore reads it, which keeps a deadline and an allowance of bytes.

    received_bytes: what arrived so far, after TLS. The time-outs that httpcore passes are each for one operation
    and say nothing of the whole; they are not used.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline, *, allowance: int) -> None:
        self.received_bytes = 0
        self._socket = connected
        self._deadline = deadline
        self._allowance = allowance

    def allow(self, more_bytes: int) -> None:
        """Let that many more bytes arrive."""
        self._allowance += more_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, "" at the end. Raises TooSlow, TooLarge and httpcore's ReadError."""
        room = self._allowance - self.received_bytes
        if room <= 0:
            raise TooLarge
        self._socket.settimeout(self._deadline.left())
        try:
            data = self._socket.recv(min(max_bytes, room))
        except TimeoutError:
            raise TooSlow from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None
        self.received_bytes += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of the buffer. Raises TooSlow and httpcore's WriteError, after which it reads on."""
        self._socket.settimeout(self._deadline.left())
        try:
            self._socket.sendall(buffer)
        except TimeoutError:
            raise TooSlow from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    def close(self) -> None:
        """Close the connection; more than once is no mistake."""
        self._socket.close()


def connect(place: CheckedAddress, deadline: Deadline, *, allowance: int) -> GuardedStream:
    """Return a connection to the checked address, or to another one that passed with it; for https with TLS.

    The certificate must be valid for the host's name. Raises TooSlow; Unreachable when the last attempt failed.
    """
    connected = _connected(place, deadline)
    if place.scheme == "https":
        connected = _with_tls(connected, place.host, deadline)
    return GuardedStream(connected, deadline, allowance=allowance)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of the process: reading the authorities costs more than a whole fetch.

    `ssl.create_default_context` would let the environment name other authorities and a file for session keys.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(certifi.where())
    return context


def _connected(place: CheckedAddress, deadline: Deadline) -> socket.socket:
    """Return a socket connected to one of the checked addresses; each attempt gets its share of the time left."""
    addresses = (place.address, *place.others)[:MOST_ATTEMPTS]
    reason = "no address"
    for position, address in enumerate(addresses):
        seconds = deadline.left() / (len(addresses) - position)
        try:
            return _attempt(address, place.port, seconds)
        except OSError as error:
            reason = str(error)
    deadline.left()
    raise Unreachable from OSError(reason)


def _attempt(address: str, port: int, seconds: float) -> socket.socket:
    # Not socket.create_connection, which asks getaddrinfo once more.
    attempt = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        attempt.settimeout(seconds)
        attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attempt.connect((address, port))
    except OSError:
        attempt.close()
        raise
    return attempt


def _with_tls(connected: socket.socket, host: str, deadline: Deadline) -> socket.socket:
    try:
        # The time-out is one for the whole handshake.
        connected.settimeout(deadline.left())
        return tls_context().wrap_socket(connected, server_hostname=host)
    except TimeoutError:
        connected.close()
        raise TooSlow from None
    except OSError as error:
        connected.close()
        raise Unreachable from error
