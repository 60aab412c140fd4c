"""Rounds of checks at a real server of this machine."""

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_account
from providers import uptime_runs
from providers.leases import claim
from providers.models import Incident, UptimeDay, UptimeMonitor
from providers.services import uptime as services
from providers.tasks import check_uptime, forget_uptime
from providers.tests.factories import make_provider
from providers.tests.status_pages import StatusPage, make_monitor
from tests.threads import at_once


def make_monitors(page: StatusPage, number: int) -> list[UptimeMonitor]:
    account = make_account()
    return [make_monitor(make_provider(account=account), f"{page.url}?{n}") for n in range(number)]


def pass_time(monitor: UptimeMonitor, minutes: float) -> None:
    """Move what is known of the page into the past, as if so much time had passed since."""
    monitor.refresh_from_db()
    span = timedelta(minutes=minutes)
    names = ("checked_at", "settled_at", "answered_at", "failing_since")
    moved = {name: value - span for name in names if (value := getattr(monitor, name))}
    UptimeMonitor.objects.filter(pk=monitor.pk).update(next_due_at=timezone.now(), **moved)
    for incident in Incident.objects.open():
        Incident.objects.filter(pk=incident.pk).update(started_at=incident.started_at - span)


@pytest.mark.django_db
def test_a_server_that_goes_away_and_comes_back_leaves_one_incident(status_page):
    monitor = make_monitor(make_provider(), status_page.url)
    assert uptime_runs.check_due(threads=1) == 1
    assert uptime_runs.check_due(threads=1) == 0
    pass_time(monitor, 5)
    status_page.stop()
    uptime_runs.check_due(threads=1)
    assert not Incident.objects.exists()
    pass_time(monitor, 1)
    uptime_runs.check_due(threads=1)
    assert Incident.objects.get().cause == "unreachable"
    pass_time(monitor, 1)
    status_page.start()
    uptime_runs.check_due(threads=1)
    incident = Incident.objects.get()
    assert incident.duration_seconds in range(120, 130)
    monitor.refresh_from_db()
    assert (monitor.failures, monitor.failing_since, monitor.failing_cause) == (0, None, "")
    rows = UptimeDay.objects.all()
    assert sum(row.down_seconds for row in rows) == incident.duration_seconds
    assert sum(row.checks for row in rows) == 4


@pytest.mark.django_db
def test_a_crash_keeps_nobody_else_from_being_looked_at(status_page, monkeypatch):
    make_monitors(status_page, 3)
    answered = services.record_check

    def crash(*, monitor, **more):
        if monitor.status_url.endswith("?1"):
            raise RuntimeError
        return answered(monitor=monitor, **more)

    monkeypatch.setattr(uptime_runs, "record_check", crash)
    assert uptime_runs.check_due(threads=1) == 2
    assert UptimeMonitor.objects.get(checked_at=None).lease


@pytest.mark.django_db
def test_a_round_begins_nothing_after_its_time(status_page):
    make_monitors(status_page, 1)
    assert uptime_runs.check_due(threads=1, seconds=0) == 0
    assert status_page.asked == []


@pytest.mark.django_db
def test_what_a_killed_worker_left_is_due_again(status_page):
    make_monitors(status_page, 1)
    now = timezone.now()
    assert claim(UptimeMonitor.objects.at_work(), limit=5, now=now, length=uptime_runs.LEASE)
    assert uptime_runs.check_due(threads=1) == 0
    UptimeMonitor.objects.update(lease_until=now - timedelta(seconds=1))
    assert uptime_runs.check_due(threads=1) == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_look_at_each_page_once(status_page):
    make_monitors(status_page, 30)
    assert sum(at_once(2, lambda _: uptime_runs.check_due(threads=4))) == 30
    assert len(status_page.asked) == 30
    assert set(UptimeDay.objects.values_list("checks", flat=True)) == {1}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_slow_page_delays_no_other(status_page):
    slow = StatusPage()
    slow.seconds = 4
    make_monitor(make_provider(), slow.url)
    monitors = make_monitors(status_page, 20)
    UptimeMonitor.objects.filter(status_url=slow.url).update(next_due_at=timezone.now() - timedelta(hours=1))
    round_of_checks = threading.Thread(target=check_uptime)
    began = time.monotonic()
    round_of_checks.start()
    while len(status_page.asked) < len(monitors) and time.monotonic() - began < 3:
        time.sleep(0.05)
    assert len(status_page.asked) == len(monitors)
    assert UptimeMonitor.objects.get(status_url=slow.url).checked_at is None
    round_of_checks.join()
    assert UptimeMonitor.objects.filter(checked_at__isnull=False).count() == 21
    slow.stop()


@pytest.mark.django_db
def test_the_daily_task_removes_what_is_too_old():
    monitor = make_monitor(make_provider())
    UptimeDay.objects.create(monitor=monitor, day=timezone.now().date() - timedelta(days=401))
    forget_uptime()
    assert not UptimeDay.objects.exists()
