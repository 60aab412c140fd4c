"""The way to the encoder service: start it when there is none, wait for a turn, send a picture, take the answer.

A web process must never call libvips itself: a hostile picture could crash it, and threads make it unsafe to
fork. So one service (`images.template`) encodes for all processes that name the same folder. The first that finds
none starts it. It lives as long as one of them, because each keeps a connection to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from functools import cache
from pathlib import Path

import structlog

from images import sockets, wire
from images.codecs import Encoded, Options, TimedOutError, TooComplexError

# The service answers within milliseconds, and a second after its start; silent for so long, it hangs.
_SILENCE_SECONDS = 10.0
# The service kills a late child. Only when that fails, too, does the caller stop waiting by itself.
_GRACE_SECONDS = 5.0
_ATTEMPTS = 3

_ROOT = Path(__file__).resolve().parent.parent
_PASSED_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
# Children run side by side, so one thread each; and they may not write files, so none may be asked for.
_LIBRARY_VARIABLES = {"VIPS_CONCURRENCY": "1", "RAYON_NUM_THREADS": "1", "VIPS_DISC_THRESHOLD": "8g"}
# A child lives for one picture, and the kernel gives it its memory page by page. One heap of huge pages, taken
# 16 MB at a time, asks half as often (2,120 times before for a photograph of 45 KB, 1,140 now).
_HEAP = ("hugetlb=1", "arena_max=1", f"top_pad={16 * 1024**2}", f"mmap_threshold={32 * 1024**2}")
_LIBRARY_VARIABLES["GLIBC_TUNABLES"] = ":".join(f"glibc.malloc.{setting}" for setting in _HEAP)

log = structlog.get_logger(__name__)


class WorkersUnavailableError(Exception):
    """No child could be started; the picture was not looked at, and the same call may succeed later."""


class QueueFullError(Exception):
    """As many pictures wait as may; this one was not looked at.

    retry_after_seconds: 1 to 60, when those that wait now will have had their turn at the present pace.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"Too many images wait; there may be room in {retry_after_seconds} s.")


class _NotStartedError(Exception):
    """The service was lost before a child had taken the picture, so sending it again is safe."""


class EncoderPool:
    """A client of the service of a folder; safe to use from many threads.

    slots: pictures that are encoded at once, at least 1. places: pictures that may wait. Both are the service's,
    so the process that starts it decides.
    """

    def __init__(self, folder: Path, slots: int, places: int) -> None:
        self.folder, self._slots, self._places = folder, slots, places
        self._presence: socket.socket | None = None
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.forget()

    def forget(self) -> None:
        """Start afresh after a fork, and leave everything to the parent.

        The lock may have been held by a thread that does not exist here, and open copies of connections would
        keep the service from seeing that the parent has gone.
        """
        for connection in self._sockets:
            connection.close()
        self._presence = None
        self._lock = threading.Lock()
        self._client = os.urandom(wire.CLIENT_BYTES)

    def close(self) -> None:
        """Leave the service, which ends with its last client; the next call joins again."""
        with self._lock:
            presence, self._presence = self._presence, None
        if presence is not None:
            presence.close()

    def encode(self, data: bytes, options: Options, timeout_seconds: float) -> Encoded:
        """Encode one picture in a child; see `workers.encode_isolated`."""
        if not 0 < timeout_seconds <= wire.MAX_TIMEOUT_SECONDS:
            raise ValueError("timeout_seconds must be above 0, and at most an hour")
        request = wire.request_of(data, options)
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(_NotStartedError):
                return self._attempt(request, timeout_seconds)
        raise WorkersUnavailableError("No image worker could be started.")

    def _attempt(self, request: wire.Frame, timeout_seconds: float) -> Encoded:
        with self._join_queue(timeout_seconds) as connection:
            began_at = self._await_turn(connection)
            return _converse(connection, request, timeout_seconds, began_at=began_at)

    def _join_queue(self, timeout_seconds: float) -> socket.socket:
        for _ in range(2):
            with self._lock:
                if self._presence is None:
                    self._presence = self._join()
                presence = self._presence
            try:
                return self._greet(wire.PICTURE, timeout_seconds)
            except OSError:
                self._leave(presence)
        raise _NotStartedError

    def _await_turn(self, connection: socket.socket) -> float:
        """Return when the picture's time began, as the service counts it."""
        presence = self._presence
        try:
            word = connection.recv(1)
            if word == wire.QUEUED:
                connection.settimeout(wire.WAIT_SECONDS + _SILENCE_SECONDS)
                word = connection.recv(1)
            if word == wire.FULL:
                raise QueueFullError(*wire.SECONDS.unpack(connection.recv(wire.SECONDS.size)))
            if word != wire.STARTED:
                raise _NotStartedError
            (began_at,) = wire.MOMENT.unpack(connection.recv(wire.MOMENT.size))
        except TimeoutError as error:
            self._leave(presence)
            raise _NotStartedError from error
        except ConnectionError as error:
            raise _NotStartedError from error
        return float(began_at)

    def _leave(self, presence: socket.socket | None) -> None:
        """Give up a service that is gone or hangs, unless another thread has found a new one already."""
        with self._lock:
            if self._presence is presence and presence is not None:
                presence.close()
                self._presence = None

    def _join(self) -> socket.socket:
        """Be counted by the service, after starting it if need be; the caller holds the lock of this process."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with sockets.locked(self.folder, _SILENCE_SECONDS):
                try:
                    presence = self._greet(wire.PRESENCE)
                except OSError:
                    return self._start()
                try:
                    if presence.recv(1) in wire.ANY_READY:
                        return presence
                except TimeoutError:
                    _kill(presence)
                presence.close()
                return self._start()
        except OSError as error:
            log.error("encoder_not_started", error=str(error), see=str(self.folder / "service.log"))
            raise _NotStartedError from error

    def _greet(self, kind: bytes, timeout_seconds: float = 0.0) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        self._sockets.add(connection)
        try:
            connection.settimeout(_SILENCE_SECONDS)
            sockets.connect(connection, self.folder, _socket_name())
            connection.sendall(wire.Greeting(kind, self._client, timeout_seconds).pack())
        except OSError:
            connection.close()
            raise
        return connection

    def _start(self) -> socket.socket:
        """Start the service and return the first presence; raises OSError when it does not come up."""
        ours, theirs = socket.socketpair()
        self._sockets.update((ours, theirs))
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(ours.close)
            with theirs:
                service = self._launch(theirs)
            on_failure.callback(service.kill)
            # It may outlive this process or not; here it must leave no zombie.
            threading.Thread(target=service.wait, name="encoder-service", daemon=True).start()
            ours.settimeout(_SILENCE_SECONDS)
            word = ours.recv(1)
            if word not in wire.ANY_READY:
                raise ConnectionError("the service ended while it started")
            on_failure.pop_all()
        has_network = word == wire.READY_WITH_NETWORK
        numbers = {"slots": self._slots, "places": self._places}
        log.info("encoder_started", pid=service.pid, has_network=has_network, **numbers)
        return ours

    def _launch(self, presence: socket.socket) -> subprocess.Popen[bytes]:
        arguments = [self.folder, _socket_name(), self._slots, self._places, presence.fileno()]
        passed = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
        # Not our own standard error: whoever reads that would wait for the service when this process has gone.
        with (self.folder / "service.log").open("wb") as log_file:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and module, nothing from a user
                [sys.executable, "-m", "images.template", *map(str, arguments)],
                cwd=_ROOT,
                env=passed | _LIBRARY_VARIABLES,
                pass_fds=[presence.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log_file,
                # A session of its own: an interrupt typed at the terminal is for the web process alone.
                start_new_session=True,
            )


def _converse(
    connection: socket.socket, request: wire.Frame, timeout_seconds: float, *, began_at: float
) -> Encoded:
    """Send a picture to its child and take the answer."""
    connection.settimeout(timeout_seconds + _GRACE_SECONDS)
    try:
        request.send(connection)
        return wire.encoded_of(wire.Frame.receive(connection))
    except (EOFError, ConnectionError) as error:
        is_late = time.monotonic() - began_at >= timeout_seconds
        raise (TimedOutError if is_late else TooComplexError) from error
    except TimeoutError as error:
        raise TimedOutError from error
    except ValueError as error:
        log.warning("encoder_answer_refused", reason=str(error))
        raise TooComplexError from error


def _kill(presence: socket.socket) -> None:
    """End a service that hangs. One in another container cannot be seen from here; its socket is replaced."""
    pid = sockets.peer_of(presence).pid
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@cache
def _socket_name() -> str:
    """Return a name that changes with the code: while versions follow one another, each has its own service."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return f"encoder-{hashlib.sha256(b''.join(path.read_bytes() for path in sources)).hexdigest()[:12]}"
