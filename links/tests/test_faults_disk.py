"""The disk fills up, or gives back something else than was written: visitors are sent on, the rest is stored."""

import random
import resource
import time
from contextlib import closing

import pytest
import requests
from django.utils import timezone

from links import losses, spool
from links.ingest import ingest
from links.models import Click
from links.records import make_tail, pack
from links.spool import RETRY_SECONDS, SEGMENT_BYTES, SUFFIX, Spool
from links.tests.factories import CHROME_ON_ANDROID, make_link
from tests.ledger import Ledger, connect, database_of, referrer_of
from tests.live import running_server


def limit_files(process, size):
    """Let a process write no file beyond so many bytes, which fails as on a full disk."""
    _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, most))


def readiness(server):
    """Return the status of `/readyz` and what it says about clicks."""
    answer = requests.get(f"{server.url}/readyz", timeout=30)
    return answer.status_code, answer.json()["checks"]["clicks"]


@pytest.mark.once
def test_a_full_disk_costs_clicks_which_are_counted_and_no_redirect():
    with running_server() as server, closing(connect(server.url)) as connection:
        (worker,) = server.workers()
        ledger = Ledger(server.url)

        def visit(number):
            answered = len(ledger.answered)
            for _ in range(number):
                ledger.visit(connection, "demo-plain")
            assert len(ledger.answered) == answered + number

        limit_files(worker, SEGMENT_BYTES - 1)
        assert readiness(server) == (200, "ok")
        visit(30)
        assert losses.read(server.spool).count == 30
        status, reason = readiness(server)
        assert status == 503
        assert "30 so far" in reason
        assert '"event": "click_lost"' in server.log.read_text()
        # Nothing of these may turn up later.
        ledger.sent.clear()
        ledger.answered.clear()

        limit_files(worker, resource.RLIM_INFINITY)
        time.sleep(RETRY_SECONDS)
        visit(10)
        # Their segment has its room, so a disk that fills up again takes nothing from those who come now.
        limit_files(worker, SEGMENT_BYTES - 1)
        visit(10)
        assert losses.read(server.spool).count == 30
        limit_files(worker, resource.RLIM_INFINITY)
        server.manage("ingest_clicks")
        assert ledger.check(database_of(server)) == 20


def tear(content):
    """Lose the end, within the last record."""
    return content[:-5]


def flip(content):
    """Change a bit within the fifth record."""
    place = len(content) // 10 * 4 + 20
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


def blank(content):
    """Have zeros for the fifth record and half of the sixth, as of a page that never reached the disk."""
    size = len(content) // 10
    return content[: 4 * size] + bytes(size + size // 2) + content[5 * size + size // 2 :]


def blank_all(content):
    return bytes(len(content))


def empty(content):
    return b""


def scramble(content):
    """Have something else entirely."""
    return random.Random(7).randbytes(len(content))


# What is left of ten records, and how many damages are counted.
DAMAGES = [(tear, 9, 1), (flip, 9, 1), (blank, 8, 1), (blank_all, 0, 0), (empty, 0, 0), (scramble, 0, 1)]


@pytest.mark.django_db
def test_damaged_segments_cost_their_damaged_clicks_and_no_others(caplog):
    link = make_link()
    click = 0
    kept, damaged = 0, 0
    for spoil, left, damages in [*DAMAGES, *DAMAGES]:
        writer = Spool(spool.folder())
        known = set(spool.folder().glob("*"))
        for _ in range(10):
            click += 1
            # Each record as long as the next.
            tail = make_tail(
                visitor=b"visitor8", network="", referrer=referrer_of(1000 + click), agent=CHROME_ON_ANDROID
            )
            writer.write(pack(link.pk, timezone.now().timestamp(), tail))
        writer.close()
        (path,) = set(spool.folder().glob(f"*{SUFFIX}")) - known
        path.write_bytes(spoil(path.read_bytes()))
        kept, damaged = kept + left, damaged + damages
    done = ingest()
    assert (done.clicks, done.damaged) == (kept, damaged)
    assert f"'count': {damaged}" in caplog.text
    assert Click.objects.values("referrer").distinct().count() == Click.objects.count() == link.click_count == kept
    assert ingest().clicks == 0
    assert list(spool.folder().glob(f"*{SUFFIX}")) == []
