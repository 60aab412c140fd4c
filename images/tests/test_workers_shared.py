"""One service for many processes: one queue with a bound, turns for everybody, and clients that die."""

from __future__ import annotations

import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from images import wire
from images.codecs import Encoded
from images.pool import EncoderPool, QueueFullError, WorkersUnavailableError, _socket_name
from images.tests.pictures import make_png
from images.tests.processes import (
    ROOT,
    SLOW,
    SLOW_OPTIONS,
    SMALL,
    WEBP,
    children_of,
    eventually,
    interpreter_that,
    is_gone,
    is_nothing_left,
    service_of,
    services_of,
    working_children_of,
)

pytestmark = pytest.mark.once

MakePool = Callable[..., EncoderPool]
# Encodes the picture on standard input as often as told, in so many threads. When asked by a signal, it forks a
# process that does nothing, which must keep nothing alive.
CLIENT = """
import os, signal, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from images.codecs import Options
from images.pool import EncoderPool
def fork(*_):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
signal.signal(signal.SIGUSR1, fork)
folder, slots, places, threads, times, format = sys.argv[1:]
pool = EncoderPool(Path(folder), int(slots), int(places))
os.register_at_fork(after_in_child=pool.forget)
picture = sys.stdin.buffer.read()
with ThreadPoolExecutor(int(threads)) as executor:
    calls = [executor.submit(pool.encode, picture, Options(format, quality=100), 30) for _ in range(int(times))]
    assert all(call.result().width for call in calls)
"""
StartClient = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "encoder"


@pytest.fixture
def make_pool(folder: Path) -> Iterator[MakePool]:
    """Makes clients of one service, which must be gone when they are."""
    made = []

    def make(slots: int = 2, places: int = 16) -> EncoderPool:
        made.append(EncoderPool(folder, slots, places))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
    assert not folder.exists() or eventually(lambda: is_nothing_left(folder))


@pytest.fixture
def start_client(folder: Path) -> Iterator[StartClient]:
    """Starts client processes, which are killed at the end together with what they forked."""
    started: list[subprocess.Popen[bytes]] = []

    def start(picture: bytes, *, threads: int, times: int, format: str = "webp") -> subprocess.Popen[bytes]:  # noqa: A002
        command = [sys.executable, "-c", CLIENT, str(folder), "2", "16", str(threads), str(times), format]
        client = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)
        started.append(client)
        assert client.stdin is not None
        with client.stdin as pipe:
            pipe.write(picture)
        return client

    yield start
    for client in started:
        with suppress(ProcessLookupError):
            os.killpg(client.pid, signal.SIGKILL)
        client.wait()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=50) as executor:
        yield executor


def fill(pool: EncoderPool, threads: ThreadPoolExecutor, service: int, slots: int = 2) -> list[Future[Encoded]]:
    """Occupy every slot."""
    calls = [threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30) for _ in range(slots)]
    assert eventually(lambda: len(working_children_of(service)) == slots)
    return calls


def finish(calls: list[Future[Encoded]], service: int) -> None:
    """Kill slow pictures until none of these is in work; a small one that takes the place of one lives on."""
    while not all(call.done() for call in calls):
        for child in working_children_of(service):
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)


def kill_what_has_forked(client: subprocess.Popen[bytes]) -> None:
    """Have a client fork, and kill it; what it has forked lives on."""
    client.send_signal(signal.SIGUSR1)
    assert eventually(lambda: len(children_of(client.pid)) == 1)
    client.kill()


def test_two_processes_that_start_at_once_share_one_service_and_its_slots(
    make_pool: MakePool, start_client: StartClient, folder: Path
):
    clients = [start_client(make_png(400, 300), threads=4, times=12, format="avif") for _ in range(2)]
    services, most = set(), 0
    while any(client.poll() is None for client in clients):
        services.update(services_of(folder))
        most = max([most, *(len(children_of(service)) for service in services)])
    assert [client.returncode for client in clients] == [0, 0]
    assert (len(services), most) == (1, 2)
    assert eventually(lambda: is_nothing_left(folder))


def test_the_bound_of_the_queue_is_exact_under_fifty_threads(make_pool: MakePool, threads: ThreadPoolExecutor):
    pool = make_pool(slots=2, places=5)
    service = service_of(pool)
    calls = [threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30) for _ in range(50)]
    assert eventually(lambda: sum(call.done() for call in calls) == 43)
    errors = [call.exception() for call in calls if call.done()]
    assert all(isinstance(error, QueueFullError) and 1 <= error.retry_after_seconds <= 60 for error in errors)
    assert sum(not call.done() for call in calls) == 7
    finish(calls, service)


def test_without_places_a_free_slot_still_takes_a_picture(make_pool: MakePool, threads: ThreadPoolExecutor):
    pool = make_pool(slots=1, places=0)
    service = service_of(pool)
    calls = fill(pool, threads, service, slots=1)
    with pytest.raises(QueueFullError):
        pool.encode(SMALL, WEBP, 30)
    finish(calls, service)


def test_when_to_ask_again_grows_with_what_the_pictures_in_work_take(
    make_pool: MakePool, threads: ThreadPoolExecutor
):
    pool = make_pool(slots=1, places=1)
    service = service_of(pool)
    started_at = time.monotonic()
    calls = fill(pool, threads, service, slots=1)
    calls.append(threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30))
    time.sleep(1.6)
    with pytest.raises(QueueFullError) as caught:
        pool.encode(SMALL, WEBP, 30)
    # Two pictures, one after the other, each longer than the first has been in work.
    assert 4 <= caught.value.retry_after_seconds <= math.ceil(2 * (time.monotonic() - started_at))
    finish(calls, service)


def test_one_picture_does_not_wait_for_the_many_of_another_client(
    make_pool: MakePool, threads: ThreadPoolExecutor
):
    many, single = make_pool(slots=1), make_pool(slots=1)
    service = service_of(many)
    in_work = fill(many, threads, service, slots=1)
    order: list[str] = []

    def note(name: str, _: Future[Encoded]) -> None:
        order.append(name)

    waiting = []
    for name, pool in [("many", many)] * 6 + [("single", single)]:
        call = threads.submit(pool.encode, SMALL, WEBP, 30)
        call.add_done_callback(partial(note, name))
        waiting.append(call)
        time.sleep(0.05)
    finish(in_work, service)
    assert [call.result(timeout=30).width for call in waiting] == [40] * 7
    assert order.index("single") <= 2


def test_a_client_that_hangs_up_frees_its_place(make_pool: MakePool, threads: ThreadPoolExecutor):
    pool = make_pool(slots=1, places=1)
    service = service_of(pool)
    in_work = fill(pool, threads, service, slots=1)
    with pool._join_queue(30) as connection:
        assert connection.recv(1) == wire.QUEUED
        with pytest.raises(QueueFullError):
            pool.encode(SMALL, WEBP, 30)
    call = threads.submit(pool.encode, SMALL, WEBP, 30)
    time.sleep(0.1)
    finish(in_work, service)
    assert call.result(timeout=30).width == 40


def test_a_client_that_hangs_up_ends_its_child(make_pool: MakePool):
    pool = make_pool(slots=1, places=1)
    service = service_of(pool)
    with pool._join_queue(30) as connection:
        assert (connection.recv(1), connection.recv(1)) == (wire.QUEUED, wire.STARTED)
        connection.recv(wire.MOMENT.size)
        wire.request_of(SLOW, SLOW_OPTIONS).send(connection)
        (child,) = eventually(lambda: working_children_of(service))
    assert eventually(lambda: is_gone(child), seconds=5)
    assert pool.encode(SMALL, WEBP, 30).width == 40


def test_a_killed_client_process_frees_its_places_and_ends_its_children(
    make_pool: MakePool, start_client: StartClient, folder: Path
):
    pool = make_pool(places=2)
    service = service_of(pool)
    client = start_client(SLOW, threads=4, times=4, format="avif")
    assert eventually(lambda: len(working_children_of(service)) == 2)
    children = children_of(service)
    with pytest.raises(QueueFullError):
        pool.encode(SMALL, WEBP, 30)
    kill_what_has_forked(client)
    assert eventually(lambda: all(map(is_gone, children)), seconds=5)
    assert pool.encode(SMALL, WEBP, 30).width == 40
    assert services_of(folder) == [service]


def test_a_service_without_clients_is_gone_however_they_ended(start_client: StartClient, folder: Path):
    client = start_client(SLOW, threads=4, times=4, format="avif")
    assert eventually(lambda: [len(working_children_of(service)) for service in services_of(folder)] == [2])
    kill_what_has_forked(client)
    assert eventually(lambda: is_nothing_left(folder), seconds=5)


def test_a_picture_waits_for_a_bounded_time(
    make_pool: MakePool, threads: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", interpreter_that(tmp_path, "wire.WAIT_SECONDS = 1.0"))
    pool = make_pool(slots=1, places=5)
    service = service_of(pool)
    in_work = fill(pool, threads, service, slots=1)
    started_at = time.monotonic()
    with pytest.raises(QueueFullError):
        pool.encode(SMALL, WEBP, 30)
    assert 0.9 <= time.monotonic() - started_at < 10
    finish(in_work, service)


def test_a_removed_folder_is_made_again(make_pool: MakePool, folder: Path):
    pool = make_pool()
    service = service_of(pool)
    (folder / _socket_name()).unlink()
    (folder / "service.log").unlink()
    folder.rmdir()
    assert pool.encode(SMALL, WEBP, 30).width == 40
    assert eventually(lambda: is_gone(service))
    assert pool.encode(SMALL, WEBP, 30).width == 40
    assert len(services_of(folder)) == 1


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkersUnavailableError):
        EncoderPool(tmp_path / "file" / "encoder", 1, 1).encode(SMALL, WEBP, 30)


def test_a_path_longer_than_an_address_of_a_socket_works(tmp_path: Path):
    pool = EncoderPool(tmp_path / ("x" * 120) / "encoder", slots=1, places=1)
    assert pool.encode(SMALL, WEBP, 30).width == 40
    pool.close()
    assert eventually(lambda: is_nothing_left(pool.folder))


def connect_with(greeting: bytes, folder: Path) -> bytes:
    """The first byte of the service's answer to a greeting; nothing when it hangs up."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(folder / _socket_name()))
        connection.sendall(greeting)
        return connection.recv(1)


@pytest.mark.parametrize(
    "greeting",
    [
        b"short",
        wire.Greeting(b"X", b"12345678", 1.0).pack(),
        wire.Greeting(wire.PICTURE, b"12345678", 0.0).pack(),
        wire.Greeting(wire.PICTURE, b"12345678", 1e9).pack(),
        wire.Greeting(wire.PICTURE, b"12345678", float("nan")).pack(),
    ],
)
def test_a_greeting_that_makes_no_sense_is_hung_up_on(greeting: bytes, make_pool: MakePool, folder: Path):
    service = service_of(make_pool())
    assert connect_with(greeting, folder) == b""
    assert not is_gone(service)


AS_NOBODY = """
import os, socket, sys
os.chdir(sys.argv[1])
os.setgid(65534)
os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
try:
    connection.connect(sys.argv[2])
    answer = connection.recv(1).decode() or "hung up"
except ConnectionResetError:
    answer = "hung up"
except PermissionError:
    answer = "kept out"
print(answer)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_nobody_else_may_connect(make_pool: MakePool, folder: Path):
    service_of(make_pool())
    command = [sys.executable, "-c", AS_NOBODY, str(folder), _socket_name()]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout == b"kept out\n"
    folder.chmod(0o711)
    (folder / _socket_name()).chmod(0o777)
    assert subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout == b"hung up\n"
