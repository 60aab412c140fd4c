"""Analyses against a plain count of the clicks they are about."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from links.analytics import Range, analyse
from links.models import Click, DaySum
from links.rollups import store_clicks
from links.tests.factories import make_link, make_row

# Others measure the code that these go over again.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
QUARTER = timedelta(minutes=15)
ZONES = [
    "UTC",
    "Europe/London",
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
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 12, 31),
]
SITES = [f"site{n:02}.example" for n in range(14)]


@pytest.mark.parametrize("zone", ZONES)
@given(
    middle=st.sampled_from(DAYS),
    shift=st.integers(-2, 1),
    days=st.sampled_from([1, 2, 3, 40]),
    bots=st.sampled_from(["include", "exclude", "only"]),
    seed=st.integers(0, 1000),
)
@example(middle=date(1971, 12, 30), shift=-1, days=2, bots="include", seed=1)
@example(middle=date(1972, 1, 7), shift=0, days=1, bots="only", seed=251)
@example(middle=date(2011, 12, 30), shift=-1, days=3, bots="exclude", seed=2)
@example(middle=date(2026, 10, 25), shift=-1, days=3, bots="only", seed=3)
# A seed does not get simpler by shrinking.
@settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_every_list_is_what_a_count_of_the_clicks_gives(zone, middle, shift, days, bots, seed):
    first = middle + timedelta(days=shift)
    asked = Range(first, first + timedelta(days=days - 1), ZoneInfo(zone), bots)
    with transaction.atomic():
        link = make_link()
        for n, of_link in enumerate((link, make_link(account=link.account))):
            for shard in (0, 1):
                store_clicks(made_up_clicks(of_link, middle, f"{seed} {n} {shard}"), shard=shard)
        assert analyse(link, asked) == naive(link, asked)
        transaction.set_rollback(True)


def made_up_clicks(link, middle, seed):
    """Return some 400 clicks of the eight days around, so many that no day and no edge is without."""
    made_up = Random(seed)
    at = datetime(middle.year, middle.month, middle.day, tzinfo=UTC) - timedelta(days=4)
    end = at + timedelta(days=9)
    rows = []
    while at < end:
        rows.append(
            make_row(
                link,
                at,
                referrer=made_up.choice(["", "direct", "other", *SITES]),
                device=made_up.choice(["desktop", "mobile", "tablet"]),
                browser=made_up.choice(["Chrome", "Firefox", "Safari"]),
                os=made_up.choice(["Android", "Linux", "iOS"]),
                is_bot=made_up.random() < 0.3,
            )
        )
        minutes = made_up.choice([0, 1, 15, 15, 30, 45, 60])
        at += timedelta(minutes=minutes, microseconds=made_up.choice([0, 0, 1, -1]))
    return rows


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
    quarter = click.clicked_at - (click.clicked_at - datetime(1900, 1, 1, tzinfo=UTC)) % QUARTER
    offset = quarter.astimezone(asked.zone).utcoffset()
    return (quarter + round(offset / QUARTER) * QUARTER).date()


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
