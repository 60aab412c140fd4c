"""From the spool into the database, each click once."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.test import Client

from links import ingest, segments, spool, tasks
from links.management.commands import ingest_clicks
from links.models import Click, ClickSegment, Link, LinkChange, LinkTotal, QuarterSum
from links.records import make_tail, pack
from links.spool import SUFFIX, Spool
from links.tests.factories import CHROME_ON_ANDROID, SLACK_PREVIEW, make_link
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def write(link, number=1, *, agent=CHROME_ON_ANDROID, at=NOON):
    tail = make_tail(visitor=b"visitor8", network="203.0.113.0/24", referrer="news.example", agent=agent)
    for _ in range(number):
        assert spool.spool().write(pack(link.pk, at.timestamp(), tail))


def files(part=""):
    return sorted(path.name for path in (spool.folder() / part).glob(f"*{SUFFIX}"))


def test_a_click_arrives_whole():
    link = make_link()
    write(link)
    assert ingest.ingest().clicks == 1
    click = Click.objects.get()
    assert (click.link_id, click.clicked_at) == (link.pk, NOON)
    assert (click.referrer, click.network, click.visitor) == ("news.example", "203.0.113.0/24", b"visitor8".hex())
    assert (click.device, click.os, click.is_bot) == ("mobile", "Android", False)
    assert click.browser.startswith("Chrome")
    assert link.click_count == 1


def test_what_was_delivered_is_not_delivered_again_and_the_rest_follows():
    link = make_link()
    write(link, 3)
    assert [ingest.ingest().clicks for _ in range(2)] == [3, 0]
    write(link, 2)
    assert ingest.ingest().clicks == 2
    assert (Click.objects.count(), link.click_count) == (5, 5)


def test_people_and_bots_are_summed_apart():
    link = make_link()
    write(link, 2)
    write(link, 3, agent=SLACK_PREVIEW)
    ingest.ingest()
    total = LinkTotal.objects.get(link=link)
    assert (total.people, total.bots, link.click_count) == (2, 3, 2)


def test_a_segment_is_put_away_once_it_is_finished_and_delivered():
    write(make_link(), 3)
    ingest.ingest()
    assert (len(files()), files("delivered")) == (1, [])
    spool.spool().close()
    ingest.ingest()
    assert (files(), len(files("delivered"))) == ([], 1)
    row = ClickSegment.objects.get()
    assert (spool.folder() / "delivered" / row.name).stat().st_size == row.offset > 0


def test_batches_add_up(monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 7)
    link = make_link()
    write(link, 30)
    spool.spool().close()
    assert ingest.ingest().clicks == 30
    assert (Click.objects.count(), files()) == (30, [])


def test_a_torn_record_is_skipped_counted_and_not_fatal():
    link = make_link()
    write(link, 3)
    spool.spool().close()
    (path,) = segments.waiting(spool.folder())
    path.write_bytes(path.read_bytes()[:-5])
    write(link, 1)
    done = ingest.ingest()
    assert (done.clicks, done.damaged) == (3, 1)
    assert Click.objects.count() == 3


def test_clicks_of_a_link_that_is_gone_are_dropped():
    kept, gone = make_link(), make_link()
    write(gone)
    write(kept)
    gone.delete()
    done = ingest.ingest()
    assert (done.clicks, done.orphaned) == (1, 1)


def test_a_fault_of_the_database_is_raised_and_nothing_is_lost(monkeypatch):
    write(make_link(), 2)

    def fail(rows, *, shard):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "store_clicks", fail)
        with pytest.raises(OperationalError):
            ingest.ingest()
    assert not Click.objects.exists()
    assert ingest.ingest().clicks == 2


def test_a_run_ends_when_its_time_is_up():
    write(make_link(), 2)
    assert ingest.ingest(seconds=0).clicks == 0
    assert ingest.ingest().clicks == 2


def test_a_segment_that_another_reader_put_away_is_left_alone(monkeypatch):
    missing = spool.folder() / f"missing{SUFFIX}"
    monkeypatch.setattr(segments, "waiting", lambda _: [missing])
    assert ingest.ingest().clicks == 0
    spool.folder().mkdir(exist_ok=True)
    segments.put_away(missing, 0)
    assert files("delivered") == []


def test_delivered_segments_are_kept_for_a_day(monkeypatch):
    write(make_link())
    spool.spool().close()
    ingest.ingest()
    assert segments.remove_old(spool.folder()) == 0
    now = time.time()
    monkeypatch.setattr("links.segments.time.time", lambda: now + segments.KEEP_SECONDS)
    assert segments.remove_old(spool.folder()) == 1
    assert files("delivered") == []


def test_a_segment_whose_making_was_cut_short_is_removed_and_a_live_one_is_not(monkeypatch):
    write(make_link())
    (spool.folder() / "0123abcd").write_bytes(b"")
    (spool.folder() / "losses").write_bytes(b"")
    now = time.time()
    monkeypatch.setattr("links.segments.time.time", lambda: now + segments.KEEP_SECONDS)
    assert segments.remove_old(spool.folder()) == 1
    assert len(files()) == 1
    assert (spool.folder() / "losses").exists()


def test_after_an_older_dump_is_restored_its_clicks_are_delivered_again():
    link = make_link()
    write(link, 4)
    spool.spool().close()
    ingest.ingest()
    assert segments.take_back(spool.folder()) == 0
    Click.objects.all().delete()
    LinkTotal.objects.all().delete()
    QuarterSum.objects.all().delete()
    ClickSegment.objects.all().delete()
    assert segments.take_back(spool.folder()) == 1
    assert ingest.ingest().clicks == 4
    assert link.click_count == 4


def test_the_command_delivers_and_says_so():
    out = StringIO()
    write(make_link(), 2)
    call_command("ingest_clicks", stdout=out)
    call_command("ingest_clicks", stdout=out)
    assert out.getvalue() == "2 clicks delivered, 0 damaged, 0 of links that are gone.\n"


def test_the_command_follows_and_outlives_a_lost_database(monkeypatch):
    calls, err = [], StringIO()

    def deliver(self):
        calls.append(1)
        if len(calls) in {1, 3}:
            raise OperationalError
        if len(calls) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(ingest_clicks.Command, "deliver", deliver)
    monkeypatch.setattr(ingest_clicks, "LOOK_SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        call_command("ingest_clicks", "--follow", stderr=err)
    assert "OperationalError" in err.getvalue()


def test_the_tasks_do_the_work():
    link = make_link()
    write(link)
    tasks.ingest_clicks()
    assert link.click_count == 1
    LinkChange.objects.update(changed_at=NOON)
    tasks.tidy()
    assert not LinkChange.objects.exists()
    Click.objects.update(clicked_at=NOON - timedelta(days=800))
    tasks.forget_clicks()
    assert not Click.objects.exists()


def test_a_lost_click_fails_the_readiness_check_for_a_minute(monkeypatch):
    assert Client().get("/readyz").json()["checks"]["clicks"] == "ok"
    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        spool.spool().close()
        spool.spool().write(bytes(80))
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert "1 so far" in response.json()["checks"]["clicks"]
    now = time.time()
    monkeypatch.setattr("links.readiness.time.time", lambda: now + 61)
    assert Client().get("/readyz").json()["checks"]["clicks"] == "ok"


@pytest.mark.parametrize("step", ["locked", "read", "stored", "offset", "committed"])
def test_a_crash_point_kills_the_process_where_it_is_named(step):
    code = f"import os; os.environ['INGEST_CRASH_AT'] = {step!r}\nfrom links.ingest import crash_point\n"
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import django; django.setup()\n"
        + code
    )
    code += f"crash_point('other'); print('alive', flush=True); crash_point({step!r}); print('never')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-9, "alive\n")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_several_at_once_deliver_each_click_once_and_do_not_wait_for_each_other():
    link = make_link()
    for _ in range(6):
        writer = Spool(spool.folder())
        tail = make_tail(visitor=b"visitor8", network="", referrer="", agent=CHROME_ON_ANDROID)
        for _ in range(300):
            writer.write(pack(link.pk, NOON.timestamp(), tail))
        writer.close()
    at_once(4, lambda _: ingest.ingest())
    assert Click.objects.count() == Link.objects.get(pk=link.pk).click_count == 1800
    assert files() == []


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_each_of_eight_deliveries_at_once_finds_a_shard():
    all_taken = threading.Barrier(8, timeout=20)

    def take(_):
        with transaction.atomic():
            shard = ingest._free_shard()
            all_taken.wait()
        return shard

    assert sorted(at_once(8, take)) == list(range(8))
