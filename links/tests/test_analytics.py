from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from links.tests.factories import deliver, full_stack_account, make_clicks, make_client, make_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def link():
    return make_link(account=full_stack_account())


@pytest.fixture
def client(link):
    return make_client(link.account)


def analytics(client, link, **query):
    return client.get(f"/api/links/{link.link_id}/analytics", query).json()


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_answer_has_the_documented_shape(client, link):
    mobile = {"device": "mobile", "browser": "Chrome", "os": "Android"}
    make_clicks(link, NOON, referrer="news.example", **mobile)
    make_clicks(link, NOON + timedelta(days=1))
    make_clicks(link, NOON + timedelta(days=1, seconds=30), referrer="news.example", **mobile)
    body = analytics(client, link, **{"from": "2026-11-20", "to": "2026-11-21"})
    assert list(body) == [
        "total_clicks",
        "timeline",
        "referrers",
        "devices",
        "recent_clicks",
        "browsers",
        "os",
        "bots",
    ]
    assert body["total_clicks"] == 3
    assert body["timeline"] == [{"date": "2026-11-20", "clicks": 1}, {"date": "2026-11-21", "clicks": 2}]
    assert body["referrers"] == [{"referrer": "news.example", "clicks": 2}, {"referrer": "direct", "clicks": 1}]
    assert body["devices"] == [{"device": "mobile", "clicks": 2}, {"device": "desktop", "clicks": 1}]
    assert body["recent_clicks"][0] == {
        "clicked_at": "2026-11-21T12:00:30+00:00",
        "referrer": "news.example",
        "device": "mobile",
        "browser": "Chrome",
        "os": "Android",
    }
    assert list(body["recent_clicks"][0]) == ["clicked_at", "referrer", "device", "browser", "os"]
    assert body["browsers"] == [{"browser": "Chrome", "clicks": 2}, {"browser": "Firefox", "clicks": 1}]
    assert body["os"] == [{"os": "Android", "clicks": 2}, {"os": "Linux", "clicks": 1}]
    assert body["bots"] == 0


def test_without_clicks_every_one_of_the_last_30_days_is_there_with_zero(client, link):
    body = analytics(client, link)
    today = timezone.now().date()
    assert [day["date"] for day in body["timeline"]] == [
        (today - timedelta(days=29 - n)).isoformat() for n in range(30)
    ]
    assert {day["clicks"] for day in body["timeline"]} == {0}
    assert (body["total_clicks"], body["referrers"], body["recent_clicks"]) == (0, [], [])


def test_a_visit_shows_in_the_analysis_and_in_the_click_count(client, link):
    client.get(f"/r/{link.slug}")
    deliver()
    assert analytics(client, link)["total_clicks"] == 1
    assert client.get(f"/api/links/{link.link_id}").json()["click_count"] == 1


def test_days_are_those_of_the_time_zone(client, link):
    make_clicks(link, datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    make_clicks(link, datetime(2026, 11, 20, 18, 14, tzinfo=UTC))
    make_clicks(link, datetime(2026, 11, 21, 18, 15, tzinfo=UTC))
    day = {"from": "2026-11-21", "to": "2026-11-21"}
    assert analytics(client, link, **day)["total_clicks"] == 1
    kathmandu = analytics(client, link, tz="Asia/Kathmandu", **day)
    assert kathmandu["timeline"] == [{"date": "2026-11-21", "clicks": 1}]


def test_a_day_that_changes_the_clock_is_one_day(client, link):
    for hour in range(-3, 30):
        make_clicks(link, datetime(2026, 10, 25, tzinfo=UTC) + timedelta(hours=hour))
    body = analytics(client, link, tz="Europe/Berlin", **{"from": "2026-10-25", "to": "2026-10-25"})
    assert body["timeline"] == [{"date": "2026-10-25", "clicks": 25}]


def test_bots_are_kept_apart_unless_asked_for(client, link):
    make_clicks(link, NOON)
    make_clicks(link, NOON, is_bot=True, device="unknown")
    make_clicks(link, NOON, is_bot=True, device="unknown")
    days = {"from": "2026-11-20", "to": "2026-11-20"}
    totals = {bots: analytics(client, link, bots=bots, **days) for bots in ("include", "exclude", "only")}
    assert [totals[bots]["total_clicks"] for bots in ("include", "exclude", "only")] == [3, 1, 2]
    assert {body["bots"] for body in totals.values()} == {2}
    assert analytics(client, link, **days) == totals["exclude"]


def test_all_lists_add_up_to_the_total_with_more_than_ten_referrers(client, link):
    for n in range(13):
        for _ in range(13 - n):
            make_clicks(link, NOON, referrer=f"site{n:02}.example")
    body = analytics(client, link, **{"from": "2026-11-19", "to": "2026-11-21"})
    assert [row["referrer"] for row in body["referrers"][:10]] == [f"site{n:02}.example" for n in range(10)]
    assert body["referrers"][10:] == [{"referrer": "other", "clicks": 6}]
    assert len(body["recent_clicks"]) == 50
    for name in ("timeline", "referrers", "devices", "browsers", "os"):
        assert sum(row["clicks"] for row in body[name]) == body["total_clicks"] == 91


def test_equals_are_ordered_by_name(client, link):
    for name in ("b.example", "a.example", "", "c.example", "c.example"):
        make_clicks(link, NOON, referrer=name, browser=name or "z")
    body = analytics(client, link, **{"from": "2026-11-20", "to": "2026-11-20"})
    assert [row["referrer"] for row in body["referrers"]] == ["c.example", "a.example", "b.example", "direct"]
    assert [row["browser"] for row in body["browsers"]] == ["c.example", "a.example", "b.example", "z"]


def test_a_host_that_is_called_direct_or_other_joins_those_rows(client, link):
    make_clicks(link, NOON, referrer="")
    make_clicks(link, NOON, NOON, referrer="direct")
    make_clicks(link, *[NOON] * 50, referrer="other")
    for n in range(11):
        make_clicks(link, NOON, NOON, referrer=f"site{n:02}.example")
    body = analytics(client, link, **{"from": "2026-11-20", "to": "2026-11-20"})
    sites = [{"referrer": f"site{n:02}.example", "clicks": 2} for n in range(9)]
    assert body["referrers"] == [
        {"referrer": "direct", "clicks": 3},
        *sites,
        {"referrer": "other", "clicks": 54},
    ]


def test_browsers_and_systems_beyond_the_first_fifty_are_one_row(client, link):
    for n in range(52):
        make_clicks(link, NOON, browser=f"Browser {n:02}", os=f"System {n:02}")
    body = analytics(client, link, **{"from": "2026-11-20", "to": "2026-11-20"})
    assert body["browsers"][49:] == [{"browser": "Browser 49", "clicks": 1}, {"browser": "other", "clicks": 2}]
    assert body["os"][49:] == [{"os": "System 49", "clicks": 1}, {"os": "other", "clicks": 2}]


def test_recent_clicks_are_those_of_the_range_and_of_the_wanted_visitors(client, link):
    make_clicks(link, *[NOON + timedelta(minutes=2 * n) for n in range(60)], browser="person")
    make_clicks(link, *[NOON + timedelta(minutes=2 * n + 1) for n in range(60)], browser="bot", is_bot=True)
    make_clicks(link, NOON + timedelta(days=1), NOON - timedelta(days=1))
    day = {"from": "2026-11-20", "to": "2026-11-20"}
    clicks = {
        bots: analytics(client, link, bots=bots, **day)["recent_clicks"] for bots in ("include", "exclude", "only")
    }
    assert [click["browser"] for click in clicks["include"]] == ["bot", "person"] * 25
    assert clicks["include"][0]["clicked_at"] == "2026-11-20T13:59:00+00:00"
    assert [click["browser"] for click in clicks["exclude"]] == ["person"] * 50
    assert [click["browser"] for click in clicks["only"]] == ["bot"] * 50
    assert clicks["only"][49]["clicked_at"] == "2026-11-20T12:21:00+00:00"


def test_a_day_that_the_zone_left_out_is_there_with_zero(client, link):
    make_clicks(link, *[datetime(2011, 12, 28, 12, tzinfo=UTC) + timedelta(hours=n) for n in range(96)])
    body = analytics(client, link, tz="Pacific/Apia", **{"from": "2011-12-29", "to": "2011-12-31"})
    assert [day["clicks"] for day in body["timeline"]] == [24, 0, 24]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-22", "to": "2026-11-21"}, "from"),
        ({"from": "2016-11-13", "to": "2026-11-21"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "0999-12-31"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"tz": "../../etc/passwd"}, "tz"),
        ({"tz": ""}, "tz"),
        ({"bots": "yes"}, "bots"),
    ],
)
def test_a_wrong_range_is_refused_by_name(client, link, query, field):
    response = client.get(f"/api/links/{link.link_id}/analytics", query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_ten_years_are_the_longest_range(client, link):
    body = analytics(client, link, **{"from": "2016-11-14", "to": "2026-11-21"})
    assert len(body["timeline"]) == 3660


def test_an_analysis_costs_the_same_queries_for_two_and_for_many_clicks(client, link):
    def queries(**query):
        with CaptureQueriesContext(connection) as captured:
            analytics(client, link, **query)
        return len(captured)

    widest = {"tz": "Asia/Kolkata", "bots": "include", "from": "2026-01-01", "to": "2026-12-31"}
    make_clicks(link, timezone.now())
    make_clicks(link, timezone.now(), referrer="a.example")
    analytics(client, link)
    two = queries(), queries(**widest)
    for n in range(30):
        make_clicks(link, timezone.now() - timedelta(hours=n), referrer=f"{n}.example", browser=f"b{n}")
    assert (queries(), queries(**widest)) == two
    assert max(two) <= 8


def test_all_sums_are_read_in_one_statement_which_sees_one_state(client, link):
    with CaptureQueriesContext(connection) as captured:
        analytics(client, link, tz="Asia/Kolkata", bots="include")
    sums = [
        query["sql"] for query in captured if "links_daysum" in query["sql"] or "links_quartersum" in query["sql"]
    ]
    assert len(sums) == 1
