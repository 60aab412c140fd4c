"""The two drawings of a profile: what they show, and that they say it in words too."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.charts import (
    MAX_LINES,
    PricePoint,
    UptimeDay,
    day_text,
    duration,
    price_history,
    price_history_svg,
    uptime_bars_svg,
    uptime_of,
)

pytestmark = pytest.mark.once

START = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = START + timedelta(days=100)
DAY = 86_400


def point(days: int, price: str | None, plan_name: str = "Cumulus", tier: str = "cumulus") -> PricePoint:
    return PricePoint(START + timedelta(days=days), tier, plan_name, None if price is None else Decimal(price))


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def paths(svg: str) -> list[str]:
    return [path.get("d", "") for path in drawn(svg).iter("path") if "line" in path.get("class", "").split()]


def described(svg: str) -> str:
    found = drawn(svg).find("desc")
    assert found is not None
    return found.text or ""


def bar(day: UptimeDay) -> dict[str, str]:
    (found,) = drawn(uptime_bars_svg([day])).iter("rect")
    return found.attrib | {"label": found[0].text or ""}


def test_a_price_holds_until_the_next_one():
    history = price_history([point(0, "5"), point(50, "10"), point(75, "7.5")], until=UNTIL)
    assert history is not None
    assert history.ticks == (10, 5, 0)
    assert paths(history.svg) == ["M0.0 50.00H500.0V0.00H750.0V25.00H1000.0"]


def test_a_line_breaks_while_its_plan_is_withdrawn():
    points = [point(0, "5"), point(20, None), point(40, "4"), point(60, None)]
    assert paths(price_history_svg(points, until=UNTIL)) == ["M0.0 16.67H200.0M400.0 33.33H600.0"]


def test_a_price_told_twice_is_one_step():
    history = price_history([point(0, "5"), point(10, "5"), point(20, "6")], until=UNTIL)
    assert history is not None
    assert [(day_text(at), name, price) for at, name, price in history.rows] == [
        ("21 Mar 2026", "Cumulus", "$6.00"),
        ("1 Mar 2026", "Cumulus", "$5.00"),
    ]


def test_the_drawing_says_in_words_what_it_shows():
    points = [point(0, "6.99"), point(9, "7.99"), point(0, "1200", "Big"), point(5, "30", "Stratus", "stratus")]
    words = described(price_history_svg([*points, point(8, None, "Big")], until=UNTIL))
    assert words.startswith("1 Mar 2026 to 9 Jun 2026. Cumulus: $7.99 now, between $6.99 and $7.99 in this time; ")
    assert "Stratus: $30.00 now, unchanged" in words
    assert "Big (Cumulus): withdrawn, unchanged" in words


def test_lines_of_offered_plans_differ_and_come_by_size():
    points = [point(0, str(n + 1), f"Plan {n}", "stratus") for n in range(MAX_LINES)] + [point(0, "9", "Old")]
    history = price_history([*points, point(1, None, "Old"), point(0, "8", "Small")], until=UNTIL)
    assert history is not None
    assert history.lines[0].plan_name == "Small"
    assert len({line.style for line in history.lines if line.path}) == MAX_LINES
    assert [line.label for line in history.lines if not line.path] == ["Plan 9 (Stratus)", "Old (Cumulus)"]
    assert len(paths(history.svg)) == MAX_LINES


def test_without_prices_there_is_no_drawing():
    assert price_history_svg([], until=UNTIL) == price_history_svg([point(0, None)], until=UNTIL) == ""


def test_a_history_that_begins_now_is_drawn():
    assert paths(price_history_svg([point(100, "0")], until=UNTIL)) == ["M0.0 100.00H0.0"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_a_plan_name_never_becomes_markup(name):
    hostile = f"</title><script>{name}"
    (path,) = [p for p in drawn(price_history_svg([point(0, "5", hostile)], until=UNTIL)).iter("path") if len(p)]
    assert (path[0].text or "").startswith(hostile)


@pytest.mark.parametrize(
    ("measured", "down", "kind", "height", "words"),
    [
        (DAY, 0, "up", "100", "100 % up"),
        (DAY, 60, "dent", "70", "99.93 % up, down for 1 min"),
        (DAY, 3600 + 125, "down", "40", "95.688 % up, down for 1 h 2 min"),
        (DAY, DAY, "down", "40", "0 % up, down for 24 h"),
        (0, 0, "none", "12", "not measured"),
    ],
)
def test_a_worse_day_is_a_lower_bar_with_its_own_words(measured, down, kind, height, words):
    found = bar(UptimeDay(date(2026, 11, 27), measured, down))
    assert (found["class"], found["height"], found["label"]) == (kind, height, f"27 Nov 2026: {words}")
    assert int(found["y"]) + int(found["height"]) == 100


def test_ninety_days_are_ninety_bars_and_one_sentence():
    days = [UptimeDay(date(2026, 8, 30) + timedelta(days=n), DAY, 0) for n in range(90)]
    days[0], days[5] = UptimeDay(days[0].day, 0, 0), UptimeDay(days[5].day, DAY, 40)
    svg = uptime_bars_svg(days)
    assert len(list(drawn(svg).iter("rect"))) == 90
    assert described(svg) == (
        "30 Aug 2026 to 27 Nov 2026: 99.999 % up, 1 day with downtime, the longest 40 s on 4 Sep 2026; "
        "1 not measured."
    )
    assert re.search(r'role="img" aria-labelledby="uptime-title"', svg)


def test_days_without_downtime_and_days_without_checks_say_so():
    day = date(2026, 11, 27)
    assert described(uptime_bars_svg([UptimeDay(day, DAY, 0)])).endswith("100 % up, no downtime.")
    assert described(uptime_bars_svg([UptimeDay(day, 0, 0)])).endswith("not measured.")
    assert uptime_bars_svg([]) == ""


def test_a_second_of_downtime_is_never_rounded_away():
    assert uptime_of([UptimeDay(date(2026, 11, 27), 90 * DAY, 1)]) == "99.999"
    assert uptime_of([]) is None


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (90, "1 min 30 s"), (7300, "2 h 1 min")])
def test_a_duration_has_its_two_largest_units(seconds, words):
    assert duration(seconds) == words
