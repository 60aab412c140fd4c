"""When the next pull is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import schedule

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
MIDDLE = 0.5


def minutes(until):
    return (until - NOW) / timedelta(minutes=1)


@given(st.floats(0, 1), st.integers(5, 1440))
def test_a_pull_follows_after_the_interval_give_or_take_a_tenth(dice, interval):
    wait = minutes(schedule.after_success(NOW, timedelta(minutes=interval), dice))
    assert 0.9 * interval - 0.001 <= wait <= 1.1 * interval + 0.001


def test_the_dice_reach_both_ends():
    interval = timedelta(minutes=100)
    assert [round(minutes(schedule.after_success(NOW, interval, dice))) for dice in (0, 0.5, 1)] == [90, 100, 110]


def test_failures_wait_longer_and_longer_up_to_a_day():
    waits = [round(minutes(schedule.after_failure(NOW, failures, MIDDLE))) for failures in range(1, 13)]
    assert waits == [1, 5, 15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]


@pytest.mark.parametrize(("asked", "waited"), [(30, 1), (600, 10), (7 * 86_400, 1440)])
def test_what_a_server_asks_for_counts_up_to_a_day(asked, waited):
    until = schedule.after_failure(NOW, 1, MIDDLE, timedelta(seconds=asked))
    assert round(minutes(until)) == waited


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Fri, 27 Nov 2026 12:05:00 GMT", 300),
        ("Fri, 27 Nov 2026 12:05:00 -0000", 300),
        ("Fri, 27 Nov 2026 11:00:00 GMT", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert schedule.retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "٣", "Fri, 99 Nov 2026 12:05:00 GMT"])
def test_any_other_retry_after_asks_for_nothing(header):
    assert schedule.retry_after(header, NOW) is None
