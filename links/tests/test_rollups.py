import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from links import rollups
from links.models import Click, DaySum, Kind, LinkTotal, QuarterSum
from links.rollups import SHARDS, store_clicks
from links.tests.factories import make_clicks, make_link, make_row

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def link():
    return make_link()


def store(*rows, shard=0):
    with transaction.atomic():
        store_clicks(rows, shard=shard)


def sums(model, kind, **filters):
    """Return the sums by value."""
    rows = model.objects.filter(kind=kind, **filters)
    return dict(rows.values_list("value").annotate(Sum("clicks")))


def test_a_click_is_stored_whole(link):
    at = datetime(2026, 11, 20, 12, 34, 56, 789012, tzinfo=UTC)
    row = make_row(link, at, referrer="news.example", network="192.0.2.0/24", visitor="0123456789abcdef")
    store(row)
    click = Click.objects.get()
    assert {name: getattr(click, name) for name in row._fields} == row._asdict()


@pytest.mark.parametrize(
    "text", [r"\N", r"\.", "a\tb", "a\nb", "a\r\nb", 'a"b', "a'b", "{a,b}", "NULL", "ü✓", "%s"]
)
def test_any_text_arrives_as_it_is(link, text):
    store(make_row(link, NOON, referrer=text, browser=text, os=text))
    assert Click.objects.values_list("referrer", "browser", "os").get() == (text, text, text)
    assert sums(DaySum, Kind.REFERRER) == sums(QuarterSum, Kind.BROWSER) == sums(DaySum, Kind.OS) == {text: 1}


def test_every_kind_of_sum_has_every_click(link):
    store(
        make_row(link, NOON, referrer="a.example", device="mobile", browser="Chrome", os="Android"),
        make_row(link, NOON + timedelta(minutes=14), referrer="a.example"),
        make_row(link, NOON + timedelta(minutes=15)),
    )
    assert sums(DaySum, Kind.ALL) == {"": 3}
    assert sums(DaySum, Kind.REFERRER) == {"a.example": 2, "": 1}
    assert sums(DaySum, Kind.DEVICE) == {"mobile": 1, "desktop": 2}
    assert sums(DaySum, Kind.BROWSER) == {"Chrome": 1, "Firefox": 2}
    assert sums(DaySum, Kind.OS) == {"Android": 1, "Linux": 2}
    assert sums(QuarterSum, Kind.REFERRER, starts_at=NOON) == {"a.example": 2}
    assert sums(QuarterSum, Kind.REFERRER, starts_at=NOON + timedelta(minutes=15)) == {"": 1}
    assert DaySum.objects.values_list("starts_at", flat=True).distinct().get() == MIDNIGHT


@pytest.mark.parametrize("day", [MIDNIGHT, datetime(1969, 7, 20, tzinfo=UTC), datetime(2100, 2, 28, tzinfo=UTC)])
def test_the_last_microsecond_of_a_day_belongs_to_it_and_the_next_does_not(link, day):
    end = day + timedelta(days=1)
    make_clicks(link, end - timedelta(microseconds=1), end)
    days = DaySum.objects.filter(kind=Kind.ALL).order_by("starts_at")
    assert list(days.values_list("starts_at", "clicks")) == [(day, 1), (end, 1)]
    quarters = QuarterSum.objects.filter(kind=Kind.ALL).order_by("starts_at")
    assert list(quarters.values_list("starts_at", "clicks")) == [(end - timedelta(minutes=15), 1), (end, 1)]


def test_people_and_bots_are_summed_apart(link):
    make_clicks(link, NOON, NOON)
    make_clicks(link, NOON, is_bot=True)
    assert sums(DaySum, Kind.ALL, is_bot=False) == {"": 2}
    assert sums(DaySum, Kind.DEVICE, is_bot=True) == {"desktop": 1}
    assert LinkTotal.objects.values_list("people", "bots").get() == (2, 1)


def test_later_clicks_add_to_the_sums_of_their_shard(link):
    store(make_row(link, NOON), make_row(link, NOON))
    store(make_row(link, NOON))
    store(make_row(link, NOON), shard=15)
    assert dict(DaySum.objects.filter(kind=Kind.ALL).values_list("shard", "clicks")) == {0: 3, 15: 1}
    assert dict(LinkTotal.objects.values_list("shard", "people")) == {0: 3, 15: 1}
    assert link.click_count == 4


def test_each_link_has_sums_of_its_own(link):
    other = make_link()
    store(make_row(link, NOON), make_row(other, NOON), make_row(other, NOON))
    assert dict(DaySum.objects.filter(kind=Kind.OS).values_list("link", "clicks")) == {link.pk: 1, other.pk: 2}
    assert (link.click_count, other.click_count) == (1, 2)


def test_a_transaction_that_is_undone_leaves_nothing(link):
    with transaction.atomic():
        store_clicks([make_row(link, NOON)], shard=0)
        transaction.set_rollback(True)
    assert not any(model.objects.exists() for model in (Click, QuarterSum, DaySum, LinkTotal))


def test_nothing_to_store_is_nothing(link):
    store()
    assert not LinkTotal.objects.exists()


@pytest.mark.parametrize("shard", [-1, SHARDS])
def test_there_are_no_other_shards(link, shard):
    with pytest.raises(ValueError, match="no shard"):
        store_clicks([make_row(link, NOON)], shard=shard)


@pytest.mark.parametrize(
    ("field", "kind"), [("referrer", Kind.REFERRER), ("browser", Kind.BROWSER), ("os", Kind.OS)]
)
def test_of_a_flood_of_values_the_most_frequent_are_told_apart(link, field, kind):
    rows = [make_row(link, NOON, **{field: f"flood{n:03}"}) for n in range(250)]
    rows += [make_row(link, NOON, **{field: name}) for name in ("zebra.example", "zulu.example") for _ in range(2)]
    rows.append(make_row(link, NOON, is_bot=True, **{field: "zulu.example"}))
    store(*rows)
    for model in (QuarterSum, DaySum):
        people = sums(model, kind, is_bot=False)
        assert len(people) == 101
        assert (people["zebra.example"], people["zulu.example"], people["flood097"]) == (2, 2, 1)
        assert people["other"] == 250 - 98
        assert sums(model, kind, is_bot=True) == {"zulu.example": 1}
    assert Click.objects.filter(**{field: "flood249"}).exists()


def test_a_flood_at_one_link_leaves_the_others_alone(link):
    other = make_link()
    rows = [make_row(link, NOON, referrer=f"flood{n:03}") for n in range(101)]
    store(*rows, make_row(other, NOON, referrer="zulu.example"), make_row(link, NOON))
    assert sums(DaySum, Kind.REFERRER, link=other) == {"zulu.example": 1}
    assert sums(DaySum, Kind.REFERRER, link=link)["other"] == 1
    assert sums(DaySum, Kind.REFERRER, link=link)[""] == 1


def test_a_day_with_many_values_takes_no_new_ones(link, monkeypatch):
    monkeypatch.setattr(rollups, "MAX_VALUES_A_DAY", 3)
    for name in ("a.example", "b.example", "c.example", "d.example", "b.example", ""):
        make_clicks(link, NOON, referrer=name)
    expected = {"a.example": 1, "b.example": 2, "c.example": 1, "other": 1, "": 1}
    assert sums(DaySum, Kind.REFERRER) == sums(QuarterSum, Kind.REFERRER) == expected
    make_clicks(link, NOON + timedelta(days=1), referrer="d.example")
    make_clicks(make_link(), NOON, referrer="e.example")
    assert sums(DaySum, Kind.REFERRER) == expected | {"d.example": 1, "e.example": 1}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_who_store_at_once_in_different_shards_do_not_wait_for_each_other():
    link = make_link()
    stored, may_end = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                store_clicks([make_row(link, NOON)] * 3, shard=0)
                stored.set()
                assert may_end.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert stored.wait(10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            store_clicks([make_row(link, NOON)] * 4, shard=1)
        assert link.click_count == 4
    finally:
        may_end.set()
        thread.join()
    assert Click.objects.count() == link.click_count == 7
    assert sums(DaySum, Kind.ALL) == {"": 7}
