"""Encode pictures outside the calling process: one disposable child per picture, with memory and time limits.

A web process must never call libvips itself: a hostile picture could crash it, and threads make it unsafe to
fork. So a template process (`images.template`) is started on first use and forks a child for every picture.
The child's environment holds no settings of this process, hence no secret either.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from images.codecs import (
    CodecError,
    CorruptImageError,
    Encoded,
    Options,
    TimedOutError,
    TooComplexError,
    TooManyPixelsError,
    UnsupportedFormatError,
    WatermarkError,
)
from images.template import ACKNOWLEDGE, REQUEST, receive_frame, send_frame

# A template forks within milliseconds of starting; one that is silent for this long hangs and is replaced.
_ACKNOWLEDGE_SECONDS = 10.0
# The template kills a late child. Only when that fails, too, does the caller stop waiting by itself.
_GRACE_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_ATTEMPTS = 2

_PASSED_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
_ROOT = Path(__file__).resolve().parent.parent
_REFUSALS: dict[str, type[CodecError]] = {
    refusal.code: refusal
    for refusal in (
        CorruptImageError,
        UnsupportedFormatError,
        TooManyPixelsError,
        TooComplexError,
        TimedOutError,
        WatermarkError,
    )
}


class WorkersUnavailableError(Exception):
    """No worker could be started; the picture was not looked at, and the same call may succeed later."""


class QueueFullError(Exception):
    """Too many pictures wait already. retry_after_seconds: when another try is worth while, at least 1."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__("The queue of images is full.")


class _NotStartedError(Exception):
    """The template was lost before a child had taken the picture, so sending it again is safe."""


class WorkerPool:
    """A template process and at most `slots` children at once (at least 1); safe to use from many threads."""

    def __init__(self, slots: int) -> None:
        self._slot_count = slots
        self._control: socket.socket | None = None
        self.forget()

    def forget(self) -> None:
        """Start afresh without touching the template, which stays with the process that started it.

        For a forked process: the locks may have been held by threads that do not exist here, and an open copy
        of the control socket would keep the template alive after its owner has gone.
        """
        if self._control is not None:
            self._control.close()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._slot_count)
        self._template: subprocess.Popen[bytes] | None = None
        self._control = None

    def encode(self, data: bytes, options: Options, timeout_seconds: float) -> Encoded:
        """Encode one picture in a child; see `encode_isolated`."""
        if timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be above 0")
        with self._slots:
            for _ in range(_ATTEMPTS):
                with contextlib.suppress(_NotStartedError):
                    return self._attempt(data, options, timeout_seconds)
        raise WorkersUnavailableError("No image worker could be started.")

    def close(self) -> None:
        """End the template and every child, and wait until they are gone; the next call starts a new one.

        Calls in flight fail with TooComplexError or are started again in the new template.
        """
        with self._lock:
            self._stop()

    def _attempt(self, data: bytes, options: Options, timeout_seconds: float) -> Encoded:
        ours, theirs = socket.socketpair()
        with ours:
            started_at = time.monotonic()
            with theirs:
                template = self._hand_over(theirs, timeout_seconds)
            self._await_child(ours, template)
            ours.settimeout(timeout_seconds + _GRACE_SECONDS)
            try:
                send_frame(ours, asdict(replace(options, watermark=None)), data)
                header, body = receive_frame(ours)
            except (EOFError, ConnectionError) as error:
                # The template's clock starts after this one, so whoever is late there is late here too.
                is_late = time.monotonic() - started_at >= timeout_seconds
                raise (TimedOutError if is_late else TooComplexError) from error
            except TimeoutError as error:
                raise TimedOutError from error
            except ValueError as error:
                raise TooComplexError from error
        return _outcome(header, body)

    def _hand_over(self, connection: socket.socket, timeout_seconds: float) -> subprocess.Popen[bytes]:
        """Give the child's end of a connection to the template, starting one if none lives."""
        with self._lock:
            for _ in range(_ATTEMPTS):
                try:
                    if self._template is None or self._control is None or self._template.poll() is not None:
                        self._stop()
                        self._template, self._control = _start_template()
                    socket.send_fds(self._control, [REQUEST.pack(timeout_seconds)], [connection.fileno()])
                except OSError:
                    # A dying template closes its socket a moment before it can be seen to be dead.
                    self._stop(at_once=True)
                else:
                    return self._template
        raise _NotStartedError

    def _await_child(self, connection: socket.socket, template: subprocess.Popen[bytes]) -> None:
        connection.settimeout(_ACKNOWLEDGE_SECONDS)
        try:
            acknowledged = connection.recv(len(ACKNOWLEDGE)) == ACKNOWLEDGE
        except TimeoutError as error:
            with self._lock:
                if self._template is template:
                    self._stop(at_once=True)
            raise _NotStartedError from error
        except ConnectionError as error:
            raise _NotStartedError from error
        if not acknowledged:
            raise _NotStartedError

    def _stop(self, *, at_once: bool = False) -> None:
        """Let the template go; the caller holds the lock."""
        template, control = self._template, self._control
        self._template = self._control = None
        if control is not None:
            control.close()
        if template is None:
            return
        if at_once:
            template.kill()
        try:
            template.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            template.kill()
            template.wait()


def _outcome(header: dict[str, Any], body: bytes) -> Encoded:
    # A picture may have taken its child over, so even a well-formed reply is not trusted to make sense.
    try:
        refusal = _REFUSALS[header["error"]] if "error" in header else None
        encoded = None if refusal else Encoded(data=body, **header)
    except (KeyError, TypeError) as error:
        raise TooComplexError from error
    if encoded is None:
        raise (refusal or TooComplexError)(header.get("sentence"))
    return encoded


def _start_template() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    environment = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
    # Children run side by side, so one thread each; and they may not write files, so none may be asked for.
    environment |= {"VIPS_CONCURRENCY": "1", "VIPS_DISC_THRESHOLD": "8g"}
    with theirs, contextlib.ExitStack() as on_failure:
        on_failure.callback(ours.close)
        template = subprocess.Popen(  # noqa: S603 - our own interpreter and module, nothing from a user
            [sys.executable, "-m", "images.template", str(theirs.fileno())],
            cwd=_ROOT,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # A session of its own: an interrupt typed at the terminal is for the web process alone.
            start_new_session=True,
        )
        on_failure.pop_all()
    # A template that hangs must not hold the lock, and with it every thread, for ever.
    ours.settimeout(_CLOSE_SECONDS)
    return template, ours


def _core_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_pool = WorkerPool(_core_count())
os.register_at_fork(after_in_child=_pool.forget)


def encode_isolated(data: bytes, options: Options, timeout_seconds: float = 30) -> Encoded:
    """Encode one picture in a child process with 2 GiB of memory and `timeout_seconds` of wall time.

    At most as many pictures as processor cores are encoded at once; a call waits for its turn, and the time
    counts from its turn. Raises what `codecs.encode` raises, TimedOutError when the time is over,
    TooComplexError when the child crashed or was killed, WorkersUnavailableError when no child could be
    started, and ValueError when `timeout_seconds` is not above 0.
    """
    return _pool.encode(data, options, timeout_seconds)


@atexit.register
def close() -> None:
    """End this process's template and its children; a later `encode_isolated` starts a new one."""
    _pool.close()
