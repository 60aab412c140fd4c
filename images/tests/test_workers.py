"""What happens around a picture: children, limits, and processes that die at the wrong moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from images import workers
from images.codecs import CodecError, Encoded, Options, TooComplexError
from images.template import MEMORY_BYTES
from images.tests.pictures import make_noise_png, make_png, png_from_rows
from images.workers import WorkerPool, WorkersUnavailableError, encode_isolated

T = TypeVar("T")

WEBP = Options("webp")
# Some seconds of work for one core, and far less memory than a child may have.
SLOW, SLOW_OPTIONS = make_noise_png(3000, 2200), Options("avif", quality=100)


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """Two slots whatever the machine, and a template of its own."""
    pool = WorkerPool(slots=2)
    yield pool
    pool.close()


def children_of(pid: int) -> list[int]:
    """The children that live; one that has ended and waits to be reaped does not."""
    try:
        pids = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [child for child in pids if not is_gone(child)]


def working_children_of(pid: int) -> list[int]:
    """The children that have taken their picture: one that dies sooner is replaced by another, unnoticed."""
    return [child for child in children_of(pid) if user_ticks(child) >= 5]


def user_ticks(pid: int) -> int:
    """The processor time that a process has used, in hundredths of a second; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def templates() -> list[int]:
    """The templates of this process; a process that is still being started, or is dead, is not one."""
    found = []
    for pid in children_of(os.getpid()):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\x00")
        if b"images.template" in words:
            found.append(pid)
    return found


def eventually(probe: Callable[[], T], seconds: float = 10) -> T:
    """The first true answer of a probe, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return answer


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def template_of(pool: WorkerPool) -> int:
    """Start the pool's template, and tell its pid."""
    before = set(templates())
    pool.encode(make_png(), WEBP, 30)
    (started,) = set(templates()) - before
    assert eventually(lambda: not children_of(started))
    return started


def code_of(future: Future[Encoded]) -> str:
    error = future.exception(timeout=60)
    assert isinstance(error, CodecError)
    return error.code


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=8) as executor:
        yield executor


def test_two_pictures_are_encoded_at_once_and_a_third_waits(pool: WorkerPool, threads: ThreadPoolExecutor):
    template = template_of(pool)
    calls = [threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 2) for _ in range(3)]
    most = 0
    while not all(call.done() for call in calls):
        most = max(most, len(children_of(template)))
        time.sleep(0.01)
    assert most == 2


def test_a_crowd_of_threads_gets_each_its_own_picture(pool: WorkerPool, threads: ThreadPoolExecutor):
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
    done = subprocess.run([sys.executable, "-c", ENCODING], input=make_png(), check=False, timeout=60)
    assert done.returncode == 0


def test_a_template_killed_between_calls_is_replaced(pool: WorkerPool):
    # Several times, for the call may meet the template alive, dying or dead.
    for _ in range(5):
        template = template_of(pool)
        os.kill(template, signal.SIGKILL)
        assert pool.encode(make_png(), WEBP, 30).width == 40
        assert is_gone(template)
        pool.close()


def test_a_picture_in_work_survives_the_death_of_its_template(pool: WorkerPool, threads: ThreadPoolExecutor):
    template = template_of(pool)
    call = threads.submit(pool.encode, make_noise_png(1200, 1200), Options("avif", quality=90), 30)
    (child,) = eventually(lambda: working_children_of(template))
    os.kill(template, signal.SIGKILL)
    assert call.result(timeout=60).width == 1200
    assert eventually(lambda: is_gone(child))


def test_an_orphan_ends_by_itself_when_its_time_is_over(pool: WorkerPool, threads: ThreadPoolExecutor):
    template = template_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 3)
    (child,) = eventually(lambda: working_children_of(template))
    os.kill(template, signal.SIGKILL)
    assert code_of(call) == "timed_out"
    assert eventually(lambda: is_gone(child))


def test_a_hanging_template_is_replaced(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    template = template_of(pool)
    monkeypatch.setattr(workers, "_ACKNOWLEDGE_SECONDS", 2.0)
    os.kill(template, signal.SIGSTOP)
    assert pool.encode(make_png(), WEBP, 30).width == 40
    assert is_gone(template)


def test_a_killed_child_is_reported_as_too_complex_and_harms_no_other(
    pool: WorkerPool, threads: ThreadPoolExecutor
):
    template = template_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(template))
    os.kill(child, signal.SIGKILL)
    assert code_of(call) == "too_complex"
    assert pool.encode(make_png(), WEBP, 30).width == 40
    assert not is_gone(template)


def test_a_crash_is_noticed_while_another_picture_is_in_work(pool: WorkerPool, threads: ThreadPoolExecutor):
    # Had the second child kept the first one's connection open, the first call would wait for the second.
    template = template_of(pool)
    first = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(template))
    second = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    assert eventually(lambda: len(working_children_of(template)) == 2)
    os.kill(child, signal.SIGKILL)
    assert code_of(first) == "too_complex"
    assert not second.done()
    pool.close()
    assert code_of(second) == "too_complex"


def test_a_picture_that_takes_too_long_is_killed(pool: WorkerPool):
    template = template_of(pool)
    started_at = time.monotonic()
    with pytest.raises(CodecError) as caught:
        pool.encode(SLOW, SLOW_OPTIONS, timeout_seconds=0.5)
    assert caught.value.code == "timed_out"
    assert 0.5 <= time.monotonic() - started_at < 2
    assert eventually(lambda: not children_of(template))


def test_a_child_has_limits_and_no_environment_of_ours(
    pool: WorkerPool, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_KEY", "not-for-pictures")
    template = template_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(template))
    limits = Path(f"/proc/{child}/limits")
    wanted = {"address space": MEMORY_BYTES, "core file size": 0, "file size": 0, "cpu time": 31}

    def are_set() -> bool:
        lines = {line[4:26].strip(): line[26:].split() for line in limits.read_text().splitlines()}
        return all(lines[name][:2] == [str(value)] * 2 for name, value in wanted.items())

    assert eventually(are_set)
    environment = Path(f"/proc/{child}/environ").read_bytes()
    assert b"VIPS_CONCURRENCY=1" in environment
    assert b"not-for-pictures" not in environment
    opened = [str(link.readlink()) for link in Path(f"/proc/{child}/fd").iterdir()]
    assert sum(target.startswith("socket:") for target in opened) == 1
    os.kill(child, signal.SIGKILL)
    assert code_of(call) == "too_complex"


def test_a_child_that_only_waits_ends_by_itself():
    code = "import time; from images import template; template._limit(0.2); time.sleep(60)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == -signal.SIGALRM


def test_a_picture_that_needs_too_much_memory_is_too_complex(pool: WorkerPool):
    # Ninety-nine megapixels of one colour are a small file, and more than two gigabytes in the AVIF encoder.
    row = b"\x00" + b"\x80" * 9_900 * 3
    with pytest.raises(TooComplexError):
        pool.encode(png_from_rows(9_900, 10_000, row * 10_000), Options("avif"), 60)


def test_closing_leaves_no_process_and_the_next_call_starts_anew(pool: WorkerPool, threads: ThreadPoolExecutor):
    template = template_of(pool)
    call = threads.submit(pool.encode, SLOW, SLOW_OPTIONS, 30)
    (child,) = eventually(lambda: working_children_of(template))
    pool.close()
    assert is_gone(template)
    assert is_gone(child)
    assert code_of(call) == "too_complex"
    assert pool.encode(make_png(), WEBP, 30).width == 40


def test_closing_what_never_started_does_nothing():
    before = templates()
    WorkerPool(slots=1).close()
    assert templates() == before


def test_a_template_does_not_outlive_a_killed_owner():
    code = (
        "import os, sys; from images.codecs import Options; from images.workers import encode_isolated\n"
        "encode_isolated(sys.stdin.buffer.read(), Options('webp'))\n"
        "pid = os.getpid(); print(open(f'/proc/{pid}/task/{pid}/children').read(), flush=True)\n"
        "os.kill(pid, 9)"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=root, input=make_png(), stdout=subprocess.PIPE, check=False)
    (template,) = map(int, result.stdout.split())
    assert result.returncode == -signal.SIGKILL
    assert eventually(lambda: is_gone(template))


def test_a_forked_process_starts_a_template_of_its_own():
    encode_isolated(make_png(), WEBP)
    ours = set(templates())
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            width = encode_isolated(make_png(), WEBP).width
            os.write(writer, f"{width} {set(templates()) & ours or 'own'} {len(templates())}".encode())
            workers.close()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "40 own 1"
    os.waitpid(pid, 0)
    assert encode_isolated(make_png(), WEBP).width == 40
    assert set(templates()) == ours


def test_a_fork_does_not_keep_the_template_alive():
    encode_isolated(make_png(), WEBP)
    (template,) = templates()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    started_at = time.monotonic()
    workers.close()
    assert is_gone(template)
    assert time.monotonic() - started_at < 4
    os.close(writer)
    os.waitpid(pid, 0)


def test_a_lock_held_while_forking_is_free_in_the_fork():
    encode_isolated(make_png(), WEBP)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with workers._pool._lock:
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
            status = 0 if encode_isolated(make_png(), WEBP).width == 40 else 1
            workers.close()
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    release.set()
    holder.join()
    assert status == 0


def test_a_template_that_cannot_start_is_reported(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WorkersUnavailableError):
        pool.encode(make_png(), WEBP, 30)
    monkeypatch.undo()
    assert pool.encode(make_png(), WEBP, 30).width == 40


def test_an_interpreter_that_is_missing_is_reported(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/no/such/interpreter")
    with pytest.raises(WorkersUnavailableError):
        pool.encode(make_png(), WEBP, 30)


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_time_limit_must_be_above_zero(seconds: float):
    with pytest.raises(ValueError, match="timeout_seconds"):
        encode_isolated(make_png(), WEBP, seconds)


@pytest.mark.parametrize("header", [{"error": "no_such_code"}, {"width": 1}, {"error": []}])
def test_a_reply_that_makes_no_sense_is_too_complex(header: dict[str, object]):
    with pytest.raises(TooComplexError):
        workers._outcome(header, b"")
