"""Unix sockets in a folder: one lock for who may make them, short addresses, and who is at the other end."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BACKLOG = 4096
_RETRY_SECONDS = 0.01
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True)
class Peer:
    """The process at the other end, as the kernel knows it; `pid` is 0 for one in a container of its own."""

    pid: int
    user: int


def peer_of(connection: socket.socket) -> Peer:
    """Return who connected, or, of a connection that we made, who listens."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(credentials)
    return Peer(pid, user)


@contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Hold the folder's lock, which the kernel frees when the process dies.

    Raises BlockingIOError when somebody else has it for so many seconds, FileNotFoundError without a folder.
    """
    deadline = time.monotonic() + seconds
    with _opened(folder) as descriptor:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
        yield


def listen(folder: Path, name: str) -> socket.socket:
    """Listen on a new socket in the place of an old one; the caller holds the folder's lock."""
    (folder / name).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with _opened(folder) as descriptor:
        listener.bind(_address(descriptor, name))
    listener.listen(_BACKLOG)
    return listener


def connect(connection: socket.socket, folder: Path, name: str) -> None:
    """Connect to the socket; raises OSError when nobody listens there."""
    with _opened(folder) as descriptor:
        connection.connect(_address(descriptor, name))


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _address(folder: int, name: str) -> str:
    # A socket's address has 108 bytes, and the path of a folder may have more.
    return f"/proc/self/fd/{folder}/{name}"
