"""The spool: what is written stays, whoever dies; what cannot be written is counted."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from links import losses, segments, spool
from links.records import MAX_RECORD, make_tail, pack, unpack
from links.spool import SUFFIX, Spool, is_finished

pytestmark = pytest.mark.once

TAIL = make_tail(visitor=b"visitor8", network="203.0.113.0/24", referrer="", agent="Firefox")


def write(writer, *numbers):
    return [writer.write(pack(number, 1.0, TAIL)) for number in numbers]


def numbers_in(folder):
    found = []
    for path in segments.waiting(folder):
        with segments.opened(path) as segment:
            assert segment is not None
            found += [r.link_id for r in unpack(segment.rest(0), is_final=segment.is_final).records]
    return found


def finished(folder):
    states = []
    for path in segments.waiting(folder):
        with path.open("rb") as file:
            states.append(is_finished(file.fileno()))
    return states


def test_a_record_can_be_read_as_soon_as_it_is_written(tmp_path):
    writer = Spool(tmp_path)
    assert write(writer, 1, 2) == [True, True]
    assert numbers_in(tmp_path) == [1, 2]
    assert finished(tmp_path) == [False]


def test_a_full_segment_is_finished_and_the_next_one_begins(tmp_path):
    writer = Spool(tmp_path, segment_bytes=4096)
    write(writer, *range(200))
    assert sorted(numbers_in(tmp_path)) == list(range(200))
    assert sorted(finished(tmp_path)) == [False] + [True] * (len(finished(tmp_path)) - 1)
    assert len(finished(tmp_path)) > 2


def test_a_segment_is_finished_a_minute_after_it_began(tmp_path, monkeypatch):
    writer = Spool(tmp_path)
    write(writer, 1)
    writer.tend()
    assert finished(tmp_path) == [False]
    monkeypatch.setattr(spool, "SEGMENT_SECONDS", 0.0)
    writer.tend()
    assert finished(tmp_path) == [True]
    assert next(tmp_path.glob(f"*{SUFFIX}")).stat().st_size == len(pack(1, 1.0, TAIL))
    write(writer, 2)
    assert sorted(numbers_in(tmp_path)) == [1, 2]


def test_threads_share_a_spool_without_losing_a_record(tmp_path):
    writer = Spool(tmp_path, segment_bytes=8192)
    threads = [threading.Thread(target=write, args=(writer, *range(n * 500, n * 500 + 500))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers_in(tmp_path)) == list(range(4000))


WRITER = """
import os, sys
from pathlib import Path
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
from links.records import make_tail, pack
from links.spool import Spool
spool = Spool(Path(sys.argv[1]))
tail = make_tail(visitor=b"visitor8", network="", referrer="", agent="x")
number = 0
while True:
    spool.write(pack(number, 1.0, tail))
    os.write(1, b"%d\\n" % number)
    number += 1
"""


def test_what_a_killed_process_wrote_is_there_and_its_segment_is_finished(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(1000):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    told = 1000 + len(process.stdout.read().splitlines())
    process.wait()
    found = numbers_in(tmp_path)
    assert found == list(range(len(found)))
    assert told <= len(found) <= told + 1
    assert finished(tmp_path) == [True]


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_click_without_room_is_lost_counted_and_shouted_about(tmp_path, monkeypatch, caplog):
    losses.prepare(tmp_path)
    monkeypatch.setattr(os, "posix_fallocate", full_disk)
    writer = Spool(tmp_path)
    assert write(writer, 1, 2, 3) == [False, False, False]
    assert losses.read(tmp_path).count == 3
    assert [path.name for path in tmp_path.iterdir()] == [losses.NAME]


def test_writing_goes_on_a_second_after_there_is_room_again(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full_disk)
        writer = Spool(tmp_path)
        write(writer, 1)
    assert write(writer, 2) == [False]
    monkeypatch.setattr(spool, "RETRY_SECONDS", 0.0)
    writer._retry_at = 0.0
    assert write(writer, 3) == [True]
    assert numbers_in(tmp_path) == [3]
    assert losses.read(tmp_path).count == 2


def test_a_loss_that_cannot_be_counted_does_not_reach_the_visitor(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", full_disk)
    monkeypatch.setattr(losses, "_read", full_disk)
    assert write(Spool(tmp_path), 1) == [False]


def test_a_record_that_fits_no_segment_is_a_loss(tmp_path):
    assert Spool(tmp_path, segment_bytes=64).write(bytes(MAX_RECORD)) is False
    assert losses.read(tmp_path).count == 1


def test_without_losses_nothing_is_counted(tmp_path):
    assert losses.read(tmp_path).count == 0
    losses.prepare(tmp_path)
    losses.prepare(tmp_path)
    assert losses.read(tmp_path) == losses.Losses(0, 0.0)


FORKER = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
from pathlib import Path
from links import spool
spool.folder = lambda: Path(sys.argv[1])
from links.records import make_tail, pack
tail = make_tail(visitor=b"visitor8", network="", referrer="", agent="x")
spool.spool().write(pack(1, 1.0, tail))
child = os.fork()
spool.spool().write(pack(2 if child else 3, 1.0, tail))
if child:
    os.waitpid(child, 0)
"""


def test_a_forked_child_writes_to_a_segment_of_its_own(tmp_path):
    subprocess.run([sys.executable, "-c", FORKER, str(tmp_path)], check=True)
    assert sorted(numbers_in(tmp_path)) == [1, 2, 3]
    assert len(segments.waiting(tmp_path)) == 2


@pytest.mark.parametrize("name", ["abc", "abc.tmp", losses.NAME])
def test_other_files_are_no_segments(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert segments.waiting(tmp_path) == []
