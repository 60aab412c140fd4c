"""Measured uptime: what checks leave behind, over hours and days of a clock of our own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Account
from accounts.tests.factories import make_account
from audit.models import AuditEvent
from providers.checks import Answer
from providers.leases import claim
from providers.models import Incident, Provider, UptimeDay, UptimeMonitor
from providers.services import uptime as services
from providers.tests.factories import make_provider
from providers.tests.status_pages import make_monitor
from providers.tests.test_uptime_rules import STEPS, plain_count
from providers.uptime_rules import INTERVAL

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 20, 23, 40, tzinfo=UTC)
UP = Answer("", has_answered=True)
ERROR = Answer("http_503", has_answered=True)
GONE = Answer("unreachable", has_answered=False)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def look(monitor: UptimeMonitor, minutes: float, answer: Answer = UP) -> UptimeMonitor:
    """Check the page at that minute, whenever it was due."""
    UptimeMonitor.objects.filter(pk=monitor.pk).update(next_due_at=at(minutes))
    only = UptimeMonitor.objects.filter(pk=monitor.pk)
    (claimed,) = claim(only, limit=1, now=at(minutes), length=INTERVAL)
    assert services.record_check(monitor=claimed, answer=answer, at=at(minutes))
    monitor.refresh_from_db()
    return monitor


def days(monitor: UptimeMonitor) -> dict[date, tuple[int, int, int]]:
    rows = UptimeDay.objects.filter(monitor=monitor)
    return {row.day: (row.measured_seconds, row.down_seconds, row.checks) for row in rows}


def figure(monitor: UptimeMonitor) -> tuple[Decimal | None, date | None]:
    provider = Provider.objects.get(pk=monitor.provider_id)
    return provider.measured_uptime_percent, provider.measured_uptime_since


def test_checks_fill_the_days_on_both_sides_of_midnight():
    monitor = make_monitor(make_provider())
    for minutes in (0, 5, 10, 15, 20, 25):
        look(monitor, minutes)
    assert days(monitor) == {date(2026, 11, 20): (20 * 60, 0, 4), date(2026, 11, 21): (5 * 60, 0, 2)}
    assert figure(monitor) == (None, None)
    assert monitor.next_due_at == at(30)


def test_an_outage_becomes_one_incident_with_its_seconds_and_the_figure_falls():
    monitor = make_monitor(make_provider())
    before = monitor.provider.etag
    UptimeDay.objects.create(monitor=monitor, day=date(2026, 11, 19), measured_seconds=3600 - 480)
    look(monitor, 0)
    look(monitor, 5, ERROR)
    assert not Incident.objects.exists()
    assert monitor.next_due_at == at(6)
    look(monitor, 6, GONE)
    look(monitor, 7, GONE)
    incident = Incident.objects.get()
    assert (incident.started_at, incident.ended_at, incident.cause) == (at(5), None, "http_503")
    assert figure(monitor) == (None, None)  # less than an hour was measured
    look(monitor, 8)
    incident.refresh_from_db()
    assert (incident.ended_at, incident.duration_seconds) == (at(8), 180)
    assert days(monitor)[date(2026, 11, 20)] == (480, 180, 5)
    assert figure(monitor) == (Decimal(95), date(2026, 11, 19))
    assert Provider.objects.get().etag != before
    told = AuditEvent.objects.filter(action__startswith="uptime.incident").order_by("pk")
    assert [event.action for event in told] == ["uptime.incident_opened", "uptime.incident_closed"]


def test_a_figure_is_never_rounded_up_to_a_hundred():
    monitor = make_monitor(make_provider())
    UptimeDay.objects.create(monitor=monitor, day=date(2026, 11, 1), measured_seconds=86_400, down_seconds=0)
    UptimeDay.objects.create(monitor=monitor, day=date(2026, 11, 2), measured_seconds=86_400, down_seconds=1)
    look(monitor, 0)
    assert figure(monitor) == (Decimal("99.999"), date(2026, 11, 1))


def test_days_before_the_window_do_not_count():
    monitor = make_monitor(make_provider())
    today = START.date()
    for back, down in ((90, 86_400), (89, 0)):
        day = today - timedelta(days=back)
        UptimeDay.objects.create(monitor=monitor, day=day, measured_seconds=86_400, down_seconds=down)
    look(monitor, 0)
    assert figure(monitor) == (Decimal(100), today - timedelta(days=89))


def test_a_result_of_a_lost_claim_is_thrown_away():
    monitor = make_monitor(make_provider())
    UptimeMonitor.objects.update(next_due_at=at(0))
    (slow,) = claim(UptimeMonitor.objects.at_work(), limit=1, now=at(0), length=timedelta(seconds=60))
    assert claim(UptimeMonitor.objects.at_work(), limit=1, now=at(0.9), length=timedelta(seconds=60)) == []
    (quick,) = claim(UptimeMonitor.objects.at_work(), limit=1, now=at(1), length=timedelta(seconds=60))
    assert services.record_check(monitor=quick, answer=UP, at=at(1))
    assert not services.record_check(monitor=slow, answer=ERROR, at=at(1.1))
    assert not services.record_check(monitor=monitor, answer=ERROR, at=at(1.2))
    assert days(monitor) == {date(2026, 11, 20): (0, 0, 1)}


def test_a_clock_that_goes_back_takes_no_time_away():
    monitor = make_monitor(make_provider())
    look(monitor, 0)
    look(monitor, 5)
    UptimeMonitor.objects.update(next_due_at=at(2))
    (claimed,) = claim(UptimeMonitor.objects.at_work(), limit=1, now=at(2), length=INTERVAL)
    assert services.record_check(monitor=claimed, answer=UP, at=at(2))
    assert days(monitor) == {date(2026, 11, 20): (300, 0, 3)}


# --- Our own network ------------------------------------------------------------------------------------


def test_when_all_pages_are_gone_at_once_it_is_our_network_and_nobody_is_down():
    account = make_account()
    monitors = [make_monitor(make_provider(account=account)) for _ in range(4)]
    for minutes, answer in ((0, UP), (5, GONE), (6, GONE), (7, GONE), (8, UP)):
        for monitor in monitors:
            look(monitor, minutes, answer)
    assert not Incident.objects.exists()
    assert all(down == 0 for monitor in monitors for _, down, _ in days(monitor).values())


def test_an_incident_ends_where_our_own_outage_begins():
    account = make_account()
    monitors = [make_monitor(make_provider(account=account)) for _ in range(4)]
    for monitor in monitors:
        look(monitor, 0)
    gone, *others = monitors
    for minutes in (5, 6):
        look(gone, minutes, ERROR)
    for minutes in (7, 8):
        for monitor in (*others, gone):
            look(monitor, minutes, GONE)
    incident = Incident.objects.get()
    assert (incident.monitor, incident.started_at, incident.ended_at) == (gone, at(5), at(6))
    assert days(gone)[START.date()][:2] == (360, 60)


def test_one_page_that_is_gone_while_others_answer_is_down_from_its_first_failure():
    account = make_account()
    monitors = [make_monitor(make_provider(account=account)) for _ in range(4)]
    for monitor in monitors:
        look(monitor, 0)
    gone, other = monitors[:2]
    look(gone, 5, GONE)
    look(gone, 6, GONE)
    assert not Incident.objects.exists()  # nobody else was asked since
    look(other, 6.5, ERROR)
    look(gone, 7, GONE)
    incident = Incident.objects.get()
    assert (incident.monitor, incident.started_at) == (gone, at(5))
    assert days(gone)[START.date()][:2] == (420, 120)


def test_a_page_that_answers_with_an_error_needs_no_other_page():
    account = make_account()
    monitors = [make_monitor(make_provider(account=account)) for _ in range(4)]
    for minutes, answer in ((0, UP), (5, ERROR), (6, ERROR)):
        for monitor in monitors:
            look(monitor, minutes, answer)
    assert Incident.objects.open().count() == 4


# --- Settings -----------------------------------------------------------------------------------------


def test_another_page_begins_anew_and_keeps_the_days():
    monitor = make_monitor(make_provider())
    for minutes, answer in ((0, UP), (5, ERROR), (6, ERROR)):
        look(monitor, minutes, answer)
    make_monitor(monitor.provider, "https://other.acme.com/")
    incident = Incident.objects.get()
    assert incident.ended_at == at(6)
    look(monitor, 7, ERROR)
    assert days(monitor) == {date(2026, 11, 20): (360, 60, 4)}
    assert Incident.objects.open().count() == 0


def test_the_same_page_again_changes_nothing():
    monitor = look(make_monitor(make_provider()), 0)
    make_monitor(monitor.provider)
    monitor.refresh_from_db()
    assert monitor.checked_at == at(0)
    assert AuditEvent.objects.filter(action="uptime.monitor_set").count() == 1


def test_a_page_that_is_switched_off_is_not_asked_and_shows_no_figure():
    monitor = make_monitor(make_provider())
    look(monitor, 0)
    look(monitor, 5)
    services.set_monitor(provider=monitor.provider, status_url=monitor.status_url, is_active=False)
    assert figure(monitor) == (None, None)
    assert claim(UptimeMonitor.objects.at_work(), limit=9, now=at(99), length=INTERVAL) == []
    services.set_monitor(provider=monitor.provider, status_url=monitor.status_url)
    assert UptimeMonitor.objects.at_work().count() == 1


@pytest.mark.parametrize("change", ["listing", "account"])
def test_what_the_public_does_not_see_is_not_asked(change):
    provider = make_monitor(make_provider()).provider
    if change == "listing":
        Provider.objects.update(is_live=False)
    else:
        type(provider.account).objects.update(closed_at=START)
    assert claim(UptimeMonitor.objects.at_work(), limit=9, now=at(99), length=INTERVAL) == []


def test_the_database_keeps_one_open_incident():
    monitor = make_monitor(make_provider())
    Incident.objects.create(monitor=monitor, started_at=at(0), cause="unreachable")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(monitor=monitor, started_at=at(1), cause="unreachable")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.update(ended_at=at(-1))


def test_old_days_and_incidents_go_and_what_lasts_stays():
    monitor = make_monitor(make_provider())
    now = START + timedelta(days=401)
    for back in (0, 2):
        UptimeDay.objects.create(monitor=monitor, day=START.date() + timedelta(days=back))
    Incident.objects.create(monitor=monitor, started_at=at(-9), ended_at=at(0), cause="http_500")
    Incident.objects.create(monitor=monitor, started_at=at(-9), cause="http_500")
    assert services.forget_old_days(now) == 2
    assert list(days(monitor)) == [START.date() + timedelta(days=2)]
    assert Incident.objects.get().ended_at is None


def test_a_check_costs_the_same_however_much_was_measured():
    monitor = make_monitor(make_provider())

    def count(minutes):
        with CaptureQueriesContext(connection) as queries:
            look(monitor, minutes)
        return len(queries)

    look(monitor, 0)
    few = count(5)
    for back in range(1, 80):
        day = START.date() - timedelta(days=back)
        UptimeDay.objects.create(monitor=monitor, day=day, measured_seconds=86_400)
    assert count(10) <= few + 1  # the first day moved
    assert count(15) == few


class Sums(TestCase):
    account: Account

    @classmethod
    def setUpTestData(cls):
        cls.account = make_account()

    @settings(max_examples=40, deadline=None)
    @given(st.lists(STEPS, max_size=12))
    def test_day_rows_add_up_to_a_plain_count_over_any_checks(self, steps):
        monitor = make_monitor(make_provider(account=self.account))
        checks = [(0, True)]
        for step, is_up in steps:
            checks.append((checks[-1][0] + step, is_up))
        for second, is_up in checks:
            look(monitor, second / 60, UP if is_up else ERROR)
        measured, down = plain_count(checks)
        rows = days(monitor)
        assert Counter({day: row[0] for day, row in rows.items()}) == measured
        assert Counter({day: row[1] for day, row in rows.items()}) == down
        assert sum(row[2] for row in rows.values()) == len(checks)
        ended = [found.duration_seconds for found in Incident.objects.filter(monitor=monitor) if found.ended_at]
        still = [START + timedelta(seconds=checks[-1][0]) - found.started_at for found in Incident.objects.open()]
        assert sum(filter(None, ended)) + sum(span.total_seconds() for span in still) == sum(down.values())
