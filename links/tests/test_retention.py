from datetime import UTC, datetime, timedelta

import pytest

from links import retention
from links.models import Click, ClickSegment, DaySum, LinkChange
from links.tests.factories import make_clicks, make_client, make_link

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMIT = NOW - timedelta(days=366)
SECOND = timedelta(seconds=1)


@pytest.fixture
def link():
    return make_link()


def kept():
    return list(Click.objects.order_by("pk").values_list("clicked_at", flat=True))


def test_clicks_of_more_than_twelve_months_ago_are_removed_and_no_others(link):
    make_clicks(link, LIMIT - timedelta(days=400), LIMIT - SECOND, LIMIT, LIMIT + SECOND, NOW)
    assert retention.remove_old_clicks(NOW) == 2
    assert kept() == [LIMIT, LIMIT + SECOND, NOW]


def test_nothing_to_remove_is_nothing():
    assert retention.remove_old_clicks() == 0


def test_clicks_are_removed_in_chunks(link, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    make_clicks(link, *[LIMIT - SECOND] * 7)
    assert retention.remove_old_clicks(NOW) == 7
    assert kept() == []


def test_clicks_that_came_up_to_two_days_late_are_found(link, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    young = LIMIT + timedelta(days=2) - SECOND
    make_clicks(link, young, young, young, young, LIMIT - SECOND)
    assert retention.remove_old_clicks(NOW) == 1
    assert kept() == [young] * 4


def test_the_search_ends_at_clicks_that_are_all_too_young(link, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    young = LIMIT + timedelta(days=2)
    make_clicks(link, LIMIT - SECOND, young, young, young, LIMIT - SECOND)
    assert retention.remove_old_clicks(NOW) == 1
    assert kept() == [young, young, young, LIMIT - SECOND]


def test_a_single_click_of_a_wrong_clock_does_not_end_the_search(link, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    make_clicks(link, NOW + timedelta(days=4000), LIMIT - SECOND, LIMIT - SECOND)
    assert retention.remove_old_clicks(NOW) == 2


def test_the_analysis_of_that_time_still_answers_from_the_sums(link):
    old = datetime(2020, 5, 17, 10, tzinfo=UTC)
    make_clicks(link, old, old, referrer="news.example")
    url, days = (
        f"/api/links/{link.link_id}/analytics",
        {"from": "2020-05-17", "to": "2020-05-17", "tz": "Asia/Tokyo"},
    )
    client = make_client(link.account)
    before = client.get(url, days).json()
    assert retention.remove_old_clicks() == 2
    after = client.get(url, days).json()
    assert len(before["recent_clicks"]) == after["total_clicks"] == 2
    assert after == before | {"recent_clicks": []}
    assert client.get(f"/api/links/{link.link_id}").json()["click_count"] == 2
    assert DaySum.objects.exists()


def test_changes_are_removed_after_ten_minutes():
    LinkChange.objects.all().delete()
    for seconds in (599, 601):
        LinkChange.objects.create(slug=f"after-{seconds}", changed_at=NOW - timedelta(seconds=seconds))
    assert retention.remove_old_changes(NOW) == 1
    assert LinkChange.objects.get().slug == "after-599"


def test_offsets_of_spool_files_are_removed_after_thirty_days():
    for days in (29, 31):
        ClickSegment.objects.create(name=f"after-{days}")
        ClickSegment.objects.filter(name=f"after-{days}").update(updated_at=NOW - timedelta(days=days))
    assert retention.remove_old_segments(NOW) == 1
    assert ClickSegment.objects.get().name == "after-29"
