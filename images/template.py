"""The encoder service of one machine: a clean process that forks a child for every picture; see `images.pool`.

It has imported libvips and never used it, so it has one thread and forking it is safe, which no web process can
promise. It accepts connections on a Unix socket, keeps those that bring a picture in one queue, gives each to a
child of its own when its turn comes, ends children that outstay their time or whose client has left, and leaves
when nobody is connected any more. It never reads a picture.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from images import children, codecs, sockets, wire
from images.turns import Turns

_REKILL_SECONDS = 1.0
_LEAVE_SECONDS = 0.05
# The pace is a moving mean of what the latest pictures took.
_NEWEST_SHARE = 0.2


@dataclass(eq=False)
class _Caller:
    """A connection: silent so far (`greeting` is None), a presence, a picture that waits, or one in work (`pid`).

    deadline: when a picture leaves the queue or its child is killed. began_at: when its child was forked. Both on
    the monotonic clock.
    """

    connection: socket.socket
    greeting: wire.Greeting | None = None
    deadline: float = math.inf
    began_at: float = 0.0
    pid: int = 0


class Service:
    """At most `slots` children at once, and at most `places` pictures that wait."""

    def __init__(self, listener: socket.socket, slots: int, places: int, *, ready: bytes) -> None:
        self._listener, self._slots, self._places, self._ready = listener, slots, places, ready
        self._bell, self._ringer = _child_bell()
        self._callers: dict[int, _Caller] = {}
        self._waiting: Turns[_Caller] = Turns()
        self._running: dict[int, _Caller] = {}
        self._mean_seconds = 1.0
        self._poll = select.poll()
        for own in (self._listener, self._bell):
            self._poll.register(own, select.POLLIN)

    def welcome(self, connection: socket.socket) -> None:
        """Count a client that lives, and tell it that the service is ready."""
        presence = wire.Greeting(wire.PRESENCE, b"")
        self._callers[connection.fileno()] = _Caller(connection, presence)
        # No event is asked for, so only the end of the connection is told, here and for all pictures.
        self._poll.register(connection, 0)
        with contextlib.suppress(OSError):
            connection.send(self._ready)

    def run(self) -> None:
        """Serve until nobody is connected."""
        while self._callers:
            self.step(self._seconds_to_deadline())

    def step(self, seconds: float) -> None:
        """Wait for something to happen, for so many seconds at most, and do what is to be done."""
        for descriptor, _ in self._poll.poll(None if seconds == math.inf else seconds * 1000):
            if descriptor == self._listener.fileno():
                self._accept()
            elif descriptor == self._bell.fileno():
                self._bell.recv(4096)
            else:
                self._hear(self._callers[descriptor])
        self._reap()
        self._end_late()
        while len(self._waiting) and len(self._running) < self._slots:
            self._start(self._waiting.take())

    def _seconds_to_deadline(self) -> float:
        deadlines = [caller.deadline for caller in (*self._running.values(), *self._waiting)]
        return max(min(deadlines, default=math.inf) - time.monotonic(), 0.0)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        if sockets.peer_of(connection).user != os.geteuid():
            connection.close()
            return
        self._callers[connection.fileno()] = _Caller(connection)
        self._poll.register(connection, select.POLLIN)

    def _hear(self, caller: _Caller) -> None:
        """Read a greeting; after it, the only news of a connection is its end."""
        if caller.greeting is None:
            self._greet(caller)
        elif caller.pid:
            # The rest follows when the child is reaped.
            self._poll.unregister(caller.connection)
            os.kill(caller.pid, signal.SIGKILL)
        else:
            if caller.greeting.kind == wire.PICTURE:
                self._waiting.remove(caller.greeting.client, caller)
            self._forget(caller)

    def _greet(self, caller: _Caller) -> None:
        try:
            caller.greeting = greeting = wire.Greeting.receive(caller.connection)
        except ValueError:
            self._forget(caller)
            return
        if greeting.kind == wire.PRESENCE:
            self._poll.unregister(caller.connection)
            self.welcome(caller.connection)
        elif len(self._waiting) + len(self._running) >= self._slots + self._places:
            self._refuse(caller)
        else:
            self._poll.modify(caller.connection, 0)
            caller.deadline = time.monotonic() + wire.WAIT_SECONDS
            self._waiting.put(greeting.client, caller)
            with contextlib.suppress(OSError):
                caller.connection.send(wire.QUEUED)

    def _refuse(self, caller: _Caller) -> None:
        """Say when what waits now will have had its turn, at the pace of the latest pictures and those in work."""
        now = time.monotonic()
        ages = [now - running.began_at for running in self._running.values()]
        pace = max(self._mean_seconds, sum(ages) / max(len(ages), 1))
        seconds = math.ceil(pace * (len(self._waiting) + 1) / self._slots)
        with contextlib.suppress(OSError):
            caller.connection.send(wire.FULL + wire.SECONDS.pack(min(max(seconds, 1), int(wire.WAIT_SECONDS))))
        self._forget(caller)

    def _forget(self, caller: _Caller) -> None:
        del self._callers[caller.connection.fileno()]
        with contextlib.suppress(KeyError):
            self._poll.unregister(caller.connection)
        caller.connection.close()

    def _start(self, caller: _Caller) -> None:
        greeting = caller.greeting
        assert greeting is not None  # noqa: S101 - only greeted callers wait
        service_pid = os.getpid()
        caller.began_at = time.monotonic()
        caller.deadline = caller.began_at + greeting.timeout_seconds
        try:
            pid = os.fork()
        except OSError:
            # The connection closes before a child has taken it, which tells the caller that nothing was started.
            self._forget(caller)
            return
        if pid == 0:
            self._leave_to_child(caller)
            children.live_and_die(
                caller.connection,
                greeting.timeout_seconds,
                began_at=caller.began_at,
                service_pid=service_pid,
            )
        caller.pid = pid
        self._running[pid] = caller

    def _leave_to_child(self, caller: _Caller) -> None:
        """Close in a child what belongs to the service and to other pictures, and silence it."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        others = (other.connection for other in self._callers.values() if other is not caller)
        for own in (self._listener, self._bell, self._ringer, *others):
            own.close()
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                caller = self._running.pop(pid, None)
                if caller is not None:
                    seconds = time.monotonic() - caller.began_at
                    self._mean_seconds += _NEWEST_SHARE * (seconds - self._mean_seconds)
                    self._forget(caller)
                children.end_orphans(keep=self._running.keys())

    def _end_late(self) -> None:
        # A pid stays in the table until it is reaped, so no signal can reach a stranger who got the same number.
        now = time.monotonic()
        for pid, caller in self._running.items():
            if caller.deadline <= now:
                os.kill(pid, signal.SIGKILL)
                caller.deadline = now + _REKILL_SECONDS
        for caller in self._waiting:
            if caller.deadline <= now and caller.greeting is not None:
                self._waiting.remove(caller.greeting.client, caller)
                self._refuse(caller)


def _child_bell() -> tuple[socket.socket, socket.socket]:
    """A socket that becomes readable whenever a child ends, and the one that rings it."""
    bell, ringer = socket.socketpair()
    ringer.setblocking(False)
    signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
    # By default SIGCHLD wakes nothing up; a handler, even an empty one, rings the bell.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return bell, ringer


def main(folder: Path, name: str, slots: int, places: int, presence: socket.socket) -> None:
    """Serve on a new socket in a folder whose lock the starter holds, and remove the socket in the end."""
    ready = wire.READY if children.leave_network() else wire.READY_WITH_NETWORK
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    children.adopt_orphans()
    # A child can open no file, so it can import nothing.
    codecs.warm_up()
    with sockets.listen(folder, name) as listener:
        service = Service(listener, slots, places, ready=ready)
        service.welcome(presence)
        own = (folder / name).stat()
        while True:
            service.run()
            try:
                with sockets.locked(folder, seconds=0):
                    if os.path.samestat(own, (folder / name).stat()):
                        (folder / name).unlink()
                    return
            except FileNotFoundError:
                return  # Somebody has removed the socket already.
            except BlockingIOError:
                service.step(_LEAVE_SECONDS)  # Whoever holds the lock is about to connect.


if __name__ == "__main__":
    _folder, _name, _slots, _places, _presence = sys.argv[1:]
    main(Path(_folder), _name, int(_slots), int(_places), socket.socket(fileno=int(_presence)))
