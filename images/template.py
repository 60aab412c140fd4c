"""The clean process from which every picture gets a child of its own; started by `images.workers` only.

It has imported libvips and never used it, so it has one thread and forking it is safe, which no web process
can promise. It reads one message per picture from its control socket (the seconds allowed, and a connection
on which the child will answer), forks, kills children that outstay their time, and leaves when the socket
closes.

A connection carries one acknowledging byte from the child, then one frame each way: a length-prefixed JSON
header, and bytes.
"""

from __future__ import annotations

import json
import logging
import math
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from images import codecs

ACKNOWLEDGE = b"\x06"
"""The child's first byte: the picture now belongs to a child, and must not be sent to another."""

REQUEST = struct.Struct("!d")
"""A control message: the seconds that the child may take. The child's connection travels beside it."""

MEMORY_BYTES = 2 * 1024**3
"""The address space of one child, in bytes."""

ALARM_GRACE_SECONDS = 2.0
"""How long after its time a child ends by itself, should the template be gone and unable to kill it."""

_FRAME = struct.Struct("!IQ")
_MAX_HEADER_BYTES = 65_536
_MAX_BODY_BYTES = 1024**3
_CHUNK_BYTES = 1024**2
_REKILL_SECONDS = 1.0

log = logging.getLogger(__name__)


def send_frame(connection: socket.socket, header: Mapping[str, Any], body: bytes) -> None:
    """Send a JSON header and bytes; raises ConnectionError when the other side has gone."""
    encoded = json.dumps(header).encode()
    connection.sendall(_FRAME.pack(len(encoded), len(body)) + encoded)
    if body:
        # Without a body the frame is complete: the other side may have answered and gone already.
        connection.sendall(body)


def receive_frame(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Receive what `send_frame` sent.

    Raises EOFError when the other side closes early, ValueError when a length or the header makes no sense.
    """
    header_bytes, body_bytes = _FRAME.unpack(_receive(connection, _FRAME.size))
    if header_bytes > _MAX_HEADER_BYTES or body_bytes > _MAX_BODY_BYTES:
        raise ValueError("the frame is longer than any picture")
    header = json.loads(_receive(connection, header_bytes))
    if not isinstance(header, dict):
        raise ValueError("the header is not an object")  # noqa: TRY004 - one error for one broken frame
    return header, _receive(connection, body_bytes)


def _receive(connection: socket.socket, size: int) -> bytes:
    # The buffer grows with what arrives: a length is only a claim until the bytes are here.
    received = bytearray()
    while len(received) < size:
        chunk = connection.recv(min(size - len(received), _CHUNK_BYTES))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


def serve(control: socket.socket) -> None:
    """Fork one child per request until the control socket closes, then kill what still runs."""
    bell = _child_bell()
    deadlines: dict[int, float] = {}
    while True:
        wait_seconds = max(min(deadlines.values()) - time.monotonic(), 0.0) if deadlines else None
        ready, _, _ = select.select([control, bell], [], [], wait_seconds)
        if bell in ready:
            bell.recv(4096)
        _reap(deadlines)
        _kill_late(deadlines)
        if control in ready and not _accept(control, bell, deadlines):
            break
    for pid in deadlines:
        os.kill(pid, signal.SIGKILL)
    for pid in deadlines:
        os.waitpid(pid, 0)


def _child_bell() -> socket.socket:
    """A socket that becomes readable whenever a child ends."""
    bell, ringer = socket.socketpair()
    ringer.setblocking(False)
    signal.set_wakeup_fd(ringer.detach(), warn_on_full_buffer=False)
    # By default SIGCHLD wakes nothing up; a handler, even an empty one, rings the bell.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return bell


def _reap(deadlines: dict[int, float]) -> None:
    for pid in list(deadlines):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del deadlines[pid]


def _kill_late(deadlines: dict[int, float]) -> None:
    # A pid stays in the table until it is reaped, so no signal can reach a stranger who got the same number.
    now = time.monotonic()
    for pid, deadline in deadlines.items():
        if deadline <= now:
            os.kill(pid, signal.SIGKILL)
            deadlines[pid] = now + _REKILL_SECONDS


def _accept(control: socket.socket, bell: socket.socket, deadlines: dict[int, float]) -> bool:
    """Take one request and fork for it; False when nobody is left to ask."""
    message, descriptors, _, _ = socket.recv_fds(control, REQUEST.size, 1)
    if len(message) < REQUEST.size or not descriptors:
        return False
    (timeout_seconds,) = REQUEST.unpack(message)
    with socket.socket(fileno=descriptors[0]) as connection:
        try:
            pid = os.fork()
        except OSError:
            # The connection closes unacknowledged, which tells the caller that nothing was started.
            log.exception("image_fork_failed")
            return True
        if pid == 0:
            _be_a_child(connection, timeout_seconds, inherited=(control, bell))
        deadlines[pid] = time.monotonic() + timeout_seconds
    return True


def _be_a_child(
    connection: socket.socket, timeout_seconds: float, *, inherited: tuple[socket.socket, ...]
) -> None:
    """Answer one request and end the process, whatever happens; never returns to the template's loop."""
    status = 1
    try:
        os.close(signal.set_wakeup_fd(-1))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for other in inherited:
            other.close()
        _limit(timeout_seconds)
        connection.sendall(ACKNOWLEDGE)
        _answer(connection)
        status = 0
    except (EOFError, ConnectionError):
        status = 0  # The caller has left; there is nobody to tell.
    except Exception:
        log.exception("image_child_failed")
    finally:
        os._exit(status)


def _limit(timeout_seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, timeout_seconds + ALARM_GRACE_SECONDS)
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: math.ceil(timeout_seconds) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))


def _answer(connection: socket.socket) -> None:
    header, data = receive_frame(connection)
    try:
        encoded = codecs.encode(data, codecs.Options(**header))
    except codecs.CodecError as error:
        send_frame(connection, {"error": error.code, "sentence": error.sentence}, b"")
        return
    except MemoryError:
        send_frame(connection, {"error": codecs.TooComplexError.code}, b"")
        return
    fields = asdict(encoded)
    send_frame(connection, fields, fields.pop("data"))


def main() -> None:
    """Serve the control socket whose descriptor number is the only argument."""
    # Imported here so that children start with the library mapped, and the web process without it.
    import pyvips  # noqa: F401

    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)


if __name__ == "__main__":
    main()
