"""What happens around a picture: children, limits, and processes that die at the wrong moment."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from images import pool as pools
from images import workers
from images.children import MEMORY_BYTES
from images.codecs import CodecError, CorruptImageError, Encoded, Options, TooComplexError
from images.pool import EncoderPool, WorkersUnavailableError
from images.tests.pictures import make_png, png_from_rows
from images.tests.processes import (
    SLOW,
    SLOW_OPTIONS,
    SMALL,
    WEBP,
    children_of,
    eventually,
    family_of,
    interpreter_that,
    is_gone,
    is_nothing_left,
    run,
    service_of,
    services_of,
    working_children_of,
)
from images.workers import encode_isolated

pytestmark = pytest.mark.once


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[EncoderPool]:
    """Two slots whatever the machine, and a service of its own that leaves nothing behind."""
    pool = EncoderPool(tmp_path / "encoder", slots=2, places=16)
    yield pool
    pool.close()
    assert not pool.folder.exists() or eventually(lambda: is_nothing_left(pool.folder))


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=8) as executor:
        yield executor


def code_of(future: Future[Encoded]) -> str:
    error = future.exception(timeout=60)
    assert isinstance(error, CodecError), error
    return error.code


def wait_until_reaped(pid: int) -> None:
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())


def test_two_pictures_are_encoded_at_once_and_a_third_waits(pool: EncoderPool, threads: ThreadPoolExecutor):
    service = service_of(pool)
    calls = [threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 1) for _ in range(3)]
    most = 0
    while not all(call.done() for call in calls):
        most = max(most, len(children_of(service)))
        time.sleep(0.01)
    assert most == 2


def test_a_crowd_of_threads_gets_each_its_own_picture(pool: EncoderPool, threads: ThreadPoolExecutor):
    sizes = list(range(1, 41))
    results = list(threads.map(lambda size: pool.encode(make_png(size, 7), WEBP, 30), sizes))
    assert [result.width for result in results] == sizes
    assert len({result.data for result in results}) == len(sizes)


ENCODING = """
import sys
from images.codecs import Options
from images.workers import encode_isolated
assert encode_isolated(sys.stdin.buffer.read(), Options("webp")).width == 40
sys.exit("pyvips" in sys.modules)
"""


def test_the_web_process_never_loads_the_image_library():
    # In a process of its own: another test may have loaded it into this one.
    assert run(ENCODING, picture=SMALL).returncode == 0


def test_a_service_killed_between_calls_is_replaced_and_no_zombie_is_left(pool: EncoderPool):
    # Several times, for the call may meet the service alive, dying or dead.
    for _ in range(5):
        service = service_of(pool)
        os.kill(service, signal.SIGKILL)
        assert pool.encode(SMALL, WEBP, 30).width == 40
        wait_until_reaped(service)


def test_a_killed_service_fails_what_is_in_work_and_what_waits_is_tried_again(
    pool: EncoderPool, threads: ThreadPoolExecutor
):
    service = service_of(pool)
    in_work = [threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30) for _ in range(2)]
    assert eventually(lambda: len(working_children_of(service)) == 2)
    waiting = [threads.submit(pool.encode, SMALL, WEBP, 30) for _ in range(6)]
    children = children_of(service)
    time.sleep(0.2)
    assert not any(call.done() for call in waiting)
    os.kill(service, signal.SIGKILL)
    assert [code_of(call) for call in in_work] == ["too_complex", "too_complex"]
    assert [call.result(timeout=30).width for call in waiting] == [40] * 6
    assert eventually(lambda: all(map(is_gone, [service, *children])))


def test_a_hanging_service_is_replaced(pool: EncoderPool, monkeypatch: pytest.MonkeyPatch):
    service = service_of(pool)
    monkeypatch.setattr(pools, "_SILENCE_SECONDS", 1.0)
    os.kill(service, signal.SIGSTOP)
    assert pool.encode(SMALL, WEBP, 30).width == 40
    assert is_gone(service)


def test_a_killed_child_is_reported_as_too_complex_and_harms_no_other(
    pool: EncoderPool, threads: ThreadPoolExecutor
):
    service = service_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(service))
    os.kill(child, signal.SIGKILL)
    assert code_of(call) == "too_complex"
    assert pool.encode(SMALL, WEBP, 30).width == 40
    assert not is_gone(service)


def test_a_crash_is_noticed_while_another_picture_is_in_work(pool: EncoderPool, threads: ThreadPoolExecutor):
    # Had the second child kept the first one's connection open, the first call would wait for the second.
    service = service_of(pool)
    first = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(service))
    second = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    assert eventually(lambda: len(working_children_of(service)) == 2)
    os.kill(child, signal.SIGKILL)
    assert code_of(first) == "too_complex"
    assert not second.done()
    (child,) = working_children_of(service)
    os.kill(child, signal.SIGKILL)
    assert code_of(second) == "too_complex"


def test_a_picture_that_takes_too_long_is_killed(pool: EncoderPool):
    service = service_of(pool)
    started_at = time.monotonic()
    with pytest.raises(CodecError) as caught:
        pool.encode(SLOW, SLOW_OPTIONS, timeout_seconds=0.5)
    assert caught.value.code == "timed_out"
    assert 0.5 <= time.monotonic() - started_at < 2
    assert eventually(lambda: not children_of(service))


def test_a_picture_is_late_by_the_services_clock_however_late_its_caller_woke(
    pool: EncoderPool, monkeypatch: pytest.MonkeyPatch
):
    converse = pools._converse

    def wake_late(*arguments: Any, **moments: Any) -> Encoded:
        time.sleep(0.4)
        return converse(*arguments, **moments)

    monkeypatch.setattr(pools, "_converse", wake_late)
    with pytest.raises(CodecError) as caught:
        pool.encode(SLOW, SLOW_OPTIONS, timeout_seconds=0.5)
    assert caught.value.code == "timed_out"


def test_a_child_has_limits_and_no_environment_of_ours(
    pool: EncoderPool, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_KEY", "not-for-pictures")
    service = service_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(service))
    lines = Path(f"/proc/{child}/limits").read_text().splitlines()
    limits = {line[4:26].strip(): line[26:].split()[:2] for line in lines}
    wanted = {
        "address space": MEMORY_BYTES,
        "core file size": 0,
        "file size": 0,
        "cpu time": 31,
        "open files": 0,
    }
    assert {name: limits[name] for name in wanted} == {name: [str(value)] * 2 for name, value in wanted.items()}
    assert "NoNewPrivs:\t1" in Path(f"/proc/{child}/status").read_text()
    assert Path(f"/proc/{child}/oom_score_adj").read_text() == "1000\n"
    environment = Path(f"/proc/{child}/environ").read_bytes()
    assert b"VIPS_CONCURRENCY=1" in environment
    # The loader itself has put an end where each colon was.
    assert b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1" in environment
    assert b"not-for-pictures" not in environment
    opened = sorted(str(link.readlink()).partition(":")[0] for link in Path(f"/proc/{child}/fd").iterdir())
    assert opened == ["/dev/null", "/dev/null", "/dev/null", "socket"]
    os.kill(child, signal.SIGKILL)
    assert code_of(call) == "too_complex"


def test_a_picture_that_needs_too_much_memory_is_too_complex(pool: EncoderPool):
    # Ninety-nine megapixels of one colour are a small file, and more than two gigabytes in the AVIF encoder.
    row = b"\x00" + b"\x80" * 9_900 * 3
    with pytest.raises(TooComplexError):
        pool.encode(png_from_rows(9_900, 10_000, row * 10_000), Options("avif"), 60)


FORKING = """
def encode(data, options):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
    raise codecs.CorruptImageError
codecs.encode = encode
"""


def test_what_a_child_forks_ends_with_it(pool: EncoderPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", interpreter_that(tmp_path, FORKING))
    for _ in range(3):
        with pytest.raises(CorruptImageError):
            pool.encode(SMALL, WEBP, 30)
    assert eventually(lambda: family_of(pool.folder) == services_of(pool.folder))


FAILING = """
def encode(data, options):
    return [][0]
codecs.encode = encode
"""


def test_a_mistake_of_ours_in_a_child_is_told_in_our_log(
    pool: EncoderPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(sys, "executable", interpreter_that(tmp_path, FAILING))
    with pytest.raises(TooComplexError):
        pool.encode(SMALL, WEBP, 30)
    (record,) = [record for record in caplog.records if "encoder_answer_refused" in record.getMessage()]
    assert "IndexError in encode" in record.getMessage()


def test_the_service_is_gone_after_its_last_client_and_the_next_call_starts_anew(pool: EncoderPool):
    service = service_of(pool)
    other = EncoderPool(pool.folder, slots=2, places=16)
    assert service_of(other) == service
    pool.close()
    time.sleep(0.2)
    assert not is_gone(service)
    other.close()
    assert eventually(lambda: is_nothing_left(pool.folder), seconds=5)
    assert pool.encode(SMALL, WEBP, 30).width == 40


def test_closing_what_never_started_does_nothing(tmp_path: Path):
    EncoderPool(tmp_path / "encoder", slots=1, places=1).close()
    assert not (tmp_path / "encoder").exists()


def test_a_forked_process_uses_the_service_of_its_parent():
    encode_isolated(SMALL, WEBP)
    services = services_of(workers.pool.folder)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            width = encode_isolated(SMALL, WEBP).width
            os.write(writer, f"{width} {services_of(workers.pool.folder) == services}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "40 True"
    os.waitpid(pid, 0)
    assert encode_isolated(SMALL, WEBP).width == 40
    assert len(services) == 1


def test_a_lock_held_while_forking_is_free_in_the_fork():
    encode_isolated(SMALL, WEBP)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with workers.pool._lock:
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        status = 1
        try:
            status = 0 if encode_isolated(SMALL, WEBP).width == 40 else 1
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    release.set()
    holder.join()
    assert status == 0


@pytest.mark.parametrize("interpreter", ["/bin/false", "/no/such/interpreter"])
def test_a_service_that_cannot_start_is_reported(
    interpreter: str, pool: EncoderPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", interpreter)
    with pytest.raises(WorkersUnavailableError):
        pool.encode(SMALL, WEBP, 30)
    monkeypatch.undo()
    assert pool.encode(SMALL, WEBP, 30).width == 40


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan"), float("inf")])
def test_a_time_limit_must_be_above_zero_and_at_most_an_hour(seconds: float):
    with pytest.raises(ValueError, match="timeout_seconds"):
        encode_isolated(SMALL, WEBP, seconds)
