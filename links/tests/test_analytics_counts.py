"""Analyses against a plain count of the clicks they are about."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from links.analytics import Range, analyse
from links.models import Click, DaySum
from links.rollups import ClickRow, store_clicks
from links.tests.factories import make_link, make_row

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
ZONES = [
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Monrovia",
]
# Around these days one of the zones changes its clock, leaves a day out, or has seconds in its offset.
DAYS = [
    date(1971, 12, 30),
    date(1972, 1, 7),
    date(2011, 12, 30),
    date(2026, 3, 8),
    date(2026, 4, 5),
    date(2026, 9, 27),
    date(2026, 10, 4),
    date(2026, 11, 1),
    date(2026, 12, 31),
]
SPAN = st.tuples(st.sampled_from(DAYS), st.integers(-3, 2), st.sampled_from([1, 2, 3, 40]))
CLICK = st.fixed_dictionaries(
    {
        "minutes": st.integers(-4 * 1440, 4 * 1440),
        "seconds": st.sampled_from([0, 0.000001, 59.999999]),
        "referrer": st.sampled_from(["", "direct", "other", *(f"site{n:02}.example" for n in range(14))]),
        "device": st.sampled_from(["desktop", "mobile", "tablet"]),
        "browser": st.sampled_from(["Chrome", "Firefox", "Safari"]),
        "os": st.sampled_from(["Android", "Linux", "iOS"]),
        "is_bot": st.booleans(),
        "shard": st.integers(0, 2),
    }
)


@given(
    span=SPAN, zone=st.sampled_from(ZONES), bots=st.sampled_from(["include", "exclude", "only"]), data=st.data()
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_list_is_what_a_count_of_the_clicks_gives(span, zone, bots, data):
    middle, shift, days = span
    first = middle + timedelta(days=shift)
    asked = Range(first, first + timedelta(days=days - 1), ZoneInfo(zone), bots)
    with transaction.atomic():
        link = make_link()
        store(link, middle, data.draw(st.lists(CLICK, max_size=80)))
        store(make_link(), middle, data.draw(st.lists(CLICK, max_size=3)))
        assert analyse(link, asked) == naive(link, asked)
        transaction.set_rollback(True)


def store(link, day, clicks):
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    rows: dict[int, list[ClickRow]] = {0: [], 1: [], 2: []}
    for click in clicks:
        shard, minutes, seconds = (click.pop(name) for name in ("shard", "minutes", "seconds"))
        rows[shard].append(make_row(link, noon + timedelta(minutes=minutes, seconds=seconds), **click))
    for shard, of_shard in rows.items():
        store_clicks(of_shard, shard=shard)


def naive(link, asked):
    """Return the analysis as the contract has it, from the clicks themselves."""
    in_range = [click for click in Click.objects.of(link) if asked.first <= local_day(click, asked) <= asked.last]
    clicks = [c for c in in_range if asked.bots == "include" or c.is_bot == (asked.bots == "only")]
    timeline = Counter(local_day(click, asked) for click in clicks)
    referrers = ranked("referrer", (click.referrer or "direct" for click in clicks if click.referrer != "other"))
    rest = len(clicks) - sum(row["clicks"] for row in referrers[:10])
    return {
        "total_clicks": len(clicks),
        "timeline": [{"date": day.isoformat(), "clicks": timeline[day]} for day in asked.days()],
        "referrers": referrers[:10] + [{"referrer": "other", "clicks": rest}] * bool(rest),
        "devices": ranked("device", (click.device for click in clicks)),
        "recent_clicks": [recent(click) for click in clicks[:50]],
        "browsers": ranked("browser", (click.browser for click in clicks)),
        "os": ranked("os", (click.os for click in clicks)),
        "bots": sum(click.is_bot for click in in_range),
    }


def local_day(click, asked):
    """Return the day of the click's quarter of an hour, on a clock whose offset is to the quarter."""
    since = click.clicked_at - datetime(1900, 1, 1, tzinfo=UTC)
    offset = click.clicked_at.astimezone(asked.zone).utcoffset()
    return (click.clicked_at - since % QUARTER + round(offset / QUARTER) * QUARTER).date()


def ranked(name, values):
    return [
        {name: value, "clicks": n} for value, n in sorted(Counter(values).items(), key=lambda i: (-i[1], i[0]))
    ]


def recent(click):
    shown = {name: getattr(click, name) for name in ("referrer", "device", "browser", "os")}
    return {"clicked_at": click.clicked_at.isoformat()} | shown | {"referrer": click.referrer or "direct"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_whole_days_are_read_from_the_sums_of_days(zone):
    link = make_link()
    noon = datetime(2026, 10, 20, 12, tzinfo=UTC)
    store_clicks([make_row(link, noon, referrer="a.example")], shard=0)
    DaySum.objects.filter(value="a.example").update(value="b.example")
    body = analyse(link, Range(date(2026, 10, 1), date(2026, 10, 30), ZoneInfo(zone), "exclude"))
    assert body["referrers"] == [{"referrer": "b.example", "clicks": 1}]
