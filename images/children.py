"""What the child of one picture may do, and what it does: read the picture, encode it, answer, end.

A picture may take its child over. What it holds then is one connection, to the process that sent the picture.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Collection
from io import FileIO
from pathlib import Path

from images import codecs, landlock, wire

MEMORY_BYTES = 2 * 1024**3
"""The address space of one child, in bytes."""

ALARM_GRACE_SECONDS = 2.0
"""How long after its time a child ends by itself, should the service hang and not kill it."""

# linux/prctl.h and linux/sched.h
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 38, 36
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000

_libc = ctypes.CDLL(None)


def leave_network() -> bool:
    """Move this process, and the children it will have, into a network without interfaces, if the kernel permits.

    Call it before there are threads. It also takes root's power to raise limits again.
    """
    # A child tries it first, since one half of the move without the other could not be undone.
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespaces()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1]:
        return False
    _enter_namespaces()
    return True


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        raise PermissionError("the kernel does not permit it")
    # Whoever connects must still be known as the same user.
    for file, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{file}").write_text(line)


def adopt_orphans() -> None:
    """Become the parent of what a child leaves behind, so that it can be found and ended."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(keep: Collection[int]) -> None:
    """Kill whatever else this process is now the parent of: what a child has left behind."""
    # Without pathlib, which would touch, and so copy, many pages of memory that a child still shares.
    with FileIO(f"/proc/self/task/{os.getpid()}/children") as children:
        for pid in map(int, children.readall().split()):
            if pid not in keep:
                os.kill(pid, signal.SIGKILL)


def live_and_die(connection: socket.socket, timeout_seconds: float, *, began_at: float, service_pid: int) -> None:
    """Answer one request and end the process, whatever happens; never returns.

    began_at: when its time began, in seconds of the monotonic clock.
    """
    status = 1
    try:
        confine(timeout_seconds, service_pid)
        connection.sendall(wire.STARTED + wire.MOMENT.pack(began_at))
        _answer(connection)
        status = 0
    finally:
        # Neither the service's handlers nor its buffers are the child's business.
        os._exit(status)


def confine(timeout_seconds: float, service_pid: int) -> None:
    """Take from this process what encoding does not need, and bound the rest; it ends with the service."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != service_pid:
        os._exit(1)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # When the machine runs out of memory, the picture is what must go.
    # Without pathlib, which would touch, and so copy, a hundred pages of memory.
    with contextlib.suppress(OSError):
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(file, b"1000")
        os.close(file)
    landlock.renounce()
    signal.setitimer(signal.ITIMER_REAL, timeout_seconds + ALARM_GRACE_SECONDS)
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: math.ceil(timeout_seconds) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        # No further descriptor: no file can be opened, no socket made. A number of processes is no limit of a
        # child, because the kernel counts those of the user, and libvips needs threads, which count too.
        resource.RLIMIT_NOFILE: 0,
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))
    # A missing import says so, instead of looking like a file of the picture that cannot be opened.
    sys.meta_path.clear()


def _answer(connection: socket.socket) -> None:
    try:
        _encode(wire.Frame.receive(connection)).send(connection)
    except (EOFError, ConnectionError):
        return  # The caller has left; there is nobody to tell.


def _encode(request: wire.Frame) -> wire.Frame:
    try:
        return wire.answer_of(codecs.encode(request.data, wire.options_of(request)))
    except codecs.CodecError as error:
        return wire.refusal_of(error)
    except MemoryError:
        return wire.refusal_of(codecs.TooComplexError())
    except Exception as error:  # noqa: BLE001 - a mistake of ours: the caller's log is the place to tell it
        place = traceback.extract_tb(error.__traceback__)[-1]
        return wire.fault_of(f"{type(error).__name__} in {place.name}, line {place.lineno}: {error}")
