"""How changes reach the workers that remember links."""

import contextlib
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from links import changes, services, watcher
from links.changes import Feed, announce
from links.models import LinkChange
from links.table import LinkTable
from links.tests.factories import make_link
from links.tests.test_table import LINK
from links.visitors import SALTS
from links.watcher import Watcher

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed():
    feed = Feed()
    feed.news()
    return feed


def test_the_first_look_knows_nothing_of_the_past():
    assert Feed().news() is None


def test_each_change_is_told_once(feed):
    assert feed.news() == set()
    announce("one", "two")
    assert feed.news() == {"one", "two"}
    assert feed.news() == set()
    announce("one")
    assert feed.news() == {"one"}


def test_a_change_that_was_numbered_early_and_committed_late_is_told(feed):
    late = LinkChange.objects.create(slug="late")
    LinkChange.objects.all().delete()
    announce("early")
    feed.news()
    LinkChange.objects.create(pk=late.pk, slug="late", changed_at=timezone.now() - timedelta(seconds=20))
    assert feed.news() == {"late"}


def test_a_worker_that_could_not_look_for_long_forgets_everything(feed, monkeypatch):
    later = time.monotonic() + changes.OVERLAP.total_seconds()
    monkeypatch.setattr("links.changes.time.monotonic", lambda: later)
    assert feed.news() is None


def test_a_change_that_was_rolled_back_is_not_told(feed):
    with transaction.atomic():
        announce("never")
        transaction.set_rollback(True)
    assert feed.news() == set()


def test_every_write_that_visitors_can_notice_is_announced(feed):
    link = make_link()
    assert feed.news() == {link.slug}
    services.update_link(link=link, target_url="https://example.org/")
    assert feed.news() == {link.slug}
    services.delete_link(link=link)
    assert feed.news() == {link.slug}


def test_a_look_forgets_what_changed_and_nothing_else():
    table = LinkTable()
    watching = Watcher(table)
    watching.look()
    for path in ("/r/kept", "/r/changed"):
        table.find(path, lambda: LINK)
    announce("changed")
    watching.look()
    assert list(table.links) == ["/r/kept"]


def test_a_look_after_a_long_outage_forgets_everything(monkeypatch):
    table = LinkTable()
    watching = Watcher(table)
    watching.look()
    table.find("/r/kept", lambda: LINK)
    later = time.monotonic() + changes.OVERLAP.total_seconds()
    monkeypatch.setattr("links.changes.time.monotonic", lambda: later)
    watching.look()
    assert table.links == {}


def test_while_the_database_is_away_what_is_known_stays_in_force(monkeypatch, caplog):
    table = LinkTable()
    watching = Watcher(table)
    watching.look()
    table.find("/r/kept", lambda: LINK)

    def fail(_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(Feed, "news", fail)
        watching.look()
        watching.look()
    assert list(table.links) == ["/r/kept"]
    watching.look()
    assert list(table.links) == ["/r/kept"]


def test_a_look_that_fails_in_an_unforeseen_way_is_not_the_last(monkeypatch):
    looks, enough = [], threading.Event()
    watching = Watcher(LinkTable())

    def look():
        looks.append(1)
        if len(looks) == 3:
            enough.set()
            raise SystemExit
        raise ValueError

    monkeypatch.setattr(watching, "look", look)
    monkeypatch.setattr(watcher, "LOOK_SECONDS", 0.01)

    def run():
        with contextlib.suppress(SystemExit):
            watching.run()

    thread = threading.Thread(target=run)
    thread.start()
    assert enough.wait(5)
    thread.join(5)


def test_the_salt_is_there_after_the_first_look():
    SALTS.day = None
    Watcher(LinkTable()).look()
    assert SALTS.day == timezone.now().date()
    assert len(SALTS.salt) == 32


@pytest.mark.services
def test_a_message_wakes_the_listener_at_once(settings):
    wake = threading.Event()
    threading.Thread(target=changes.Listener(wake).run, daemon=True).start()
    deadline = time.monotonic() + 5
    while not wake.is_set() and time.monotonic() < deadline:
        changes._publish()
        wake.wait(0.05)
    assert wake.is_set()


def test_a_write_goes_on_without_redis(settings, django_capture_on_commit_callbacks):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    changes._publisher.cache_clear()
    with django_capture_on_commit_callbacks(execute=True):
        announce("slug")
    changes._publisher.cache_clear()
    assert LinkChange.objects.filter(slug="slug").exists()
