"""Billing periods begin on the subscription's own day."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.periods import period_at

pytestmark = pytest.mark.once


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "now", "start", "end"),
    [
        ("2026-01-15", "2026-01-15", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "2026-02-14T23:59:59.999999", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "2026-02-15", "2026-02-15", "2026-03-15"),
        ("2026-01-31", "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "2026-03-30", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "2026-03-31", "2026-03-31", "2026-04-30"),
        ("2026-01-31", "2026-05-01", "2026-04-30", "2026-05-31"),
        ("2027-12-30", "2028-02-29", "2028-02-29", "2028-03-30"),
        ("2028-02-29", "2029-02-28", "2029-02-28", "2029-03-29"),
        ("2028-02-29", "2029-02-27", "2029-01-29", "2029-02-28"),
        ("2026-12-15T10:00", "2027-01-15T09:59", "2026-12-15T10:00", "2027-01-15T10:00"),
        ("2026-12-15T10:00", "2027-01-15T10:00", "2027-01-15T10:00", "2027-02-15T10:00"),
        ("2026-06-15", "2020-01-01", "2026-06-15", "2026-07-15"),
    ],
)
def test_a_period_runs_from_the_day_of_the_subscription_to_that_day_of_the_next_month(anchor, now, start, end):
    assert period_at(day(anchor), day(now)) == (day(start), day(end))


def test_the_clock_of_the_question_does_not_matter():
    anchor = datetime(2026, 1, 31, 23, tzinfo=timezone(timedelta(hours=-5)))
    now = datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert period_at(anchor, now) == period_at(anchor, now.astimezone(timezone(timedelta(hours=9))))
    start, end = period_at(anchor, now)
    assert start <= now < end


TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ZONED = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS)  # noqa: DTZ001


@given(ZONED, ZONED)
def test_the_period_contains_now_unless_it_is_before_all_periods(anchor, now):
    start, end = period_at(anchor, now)
    assert start <= now < end or (now < anchor and start == anchor)


@given(TIMES, TIMES)
def test_each_period_begins_where_the_last_one_ended(anchor, now):
    start, end = period_at(anchor, now)
    assert period_at(anchor, end)[0] == end
    last = period_at(anchor, end - timedelta(microseconds=1))
    assert last == (start, end)
    if start > anchor:
        assert period_at(anchor, start - timedelta(microseconds=1))[1] == start


@given(TIMES, TIMES)
def test_a_period_is_a_month_long(anchor, now):
    start, end = period_at(anchor, now)
    assert timedelta(days=28) <= end - start <= timedelta(days=31)
    assert start.day == anchor.day or start.day < anchor.day
    assert start.timetz() == anchor.timetz()
