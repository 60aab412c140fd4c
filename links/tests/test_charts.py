from datetime import date, timedelta

import pytest

from links.charts import Span, chart_of, share_of

pytestmark = pytest.mark.once

MONDAY = date(2026, 11, 23)


def days(*clicks: int) -> list[tuple[date, int]]:
    return [(MONDAY + timedelta(days=n), number) for n, number in enumerate(clicks)]


def test_bars_are_as_high_as_their_share_of_the_axis_and_stand_on_the_ground():
    chart = chart_of(days(10, 0, 5))
    assert chart.ticks == (10, 5, 0)
    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [
        ("1", "0.00", "100.00"),
        ("21", "50.00", "50.00"),
    ]
    assert chart.width == 30


def test_a_bar_says_its_day_and_its_clicks():
    assert [bar.label for bar in chart_of(days(1, 1234)).bars] == [
        "Mon 23 Nov 2026: 1 click",
        "Tue 24 Nov 2026: 1,234 clicks",
    ]


def test_bars_of_many_days_touch():
    apart, touching = chart_of(days(*[1] * 100)), chart_of(days(*[1] * 101))
    assert {bar.width for bar in apart.bars} == {"8"}
    assert {bar.width for bar in touching.bars} == {"10"}
    assert [bar.x for bar in touching.bars[:3]] == ["0", "10", "20"]


@pytest.mark.parametrize(("number", "shown"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (30, [0, 15, 29])])
def test_first_middle_and_last_day_are_named(number, shown):
    assert chart_of(days(*[0] * number)).days == [MONDAY + timedelta(days=n) for n in shown]


def test_the_busiest_day_is_known_unless_there_were_no_clicks():
    tuesday = MONDAY + timedelta(days=1)
    assert chart_of(days(1, 7, 7)).busiest == Span(tuesday, tuesday, 7)
    assert chart_of(days(0, 0)).busiest is None


def test_long_ranges_put_several_days_into_each_bar_and_lose_no_click():
    assert len(chart_of(days(*[1] * 366)).bars) == 366
    chart = chart_of(days(*[1] * 367))
    assert (chart.days_a_bar, len(chart.bars), chart.ticks[0]) == (2, 184, 2)
    assert sum(span.clicks for span in chart.spans) == 367
    assert chart.bars[0].label == "23 Nov to 24 Nov 2026: 2 clicks"
    assert chart.spans[19].label == "31 Dec 2026 to 1 Jan 2027"
    assert chart.days[-1] == MONDAY + timedelta(days=366)


@pytest.mark.parametrize(("clicks", "total", "share"), [(2, 3, "66.7"), (1, 4, "25"), (0, 0, "0"), (3, 3, "100")])
def test_shares_have_at_most_one_decimal(clicks, total, share):
    assert share_of(clicks, total) == share
