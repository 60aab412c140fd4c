"""The sums of what was sold: exact after every change, in any zone, and whatever happens at the same time."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from store import best_packages, jobs, stats
from store.models import Order, SalesBook, SalesEntry, SoldDay, SoldPackage
from store.services import orders, refunds, sums
from store.services.carts import Wish
from store.sums_check import faults_of
from store.tests.factories import make_package, make_store

pytestmark = pytest.mark.django_db
DAYS = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def store():
    return make_store(timezone_name="Asia/Kathmandu")


def buy(store, *packages, player="Steve", at=None):
    """Return a paid order; `at` moves it, with its entry, to another moment."""
    items = [Wish(package.pk, 1) for package in packages]
    order = orders.create_order(store=store, player_username=player, items=items)
    if at:
        for rows in (Order.objects.filter(pk=order.pk), SalesEntry.objects.filter(order=order)):
            rows.update(paid_at=at)
        order.refresh_from_db()
    return order


def as_they_stand(store):
    days, best = stats._from_orders(store, *DAYS)
    return {day: stats.DaySums(*values) for day, values in days.items() if any(values)}, best


def as_kept(store):
    found = stats.sums_of(store, *DAYS)
    top = [(row.package_id, row.quantity, row.revenue) for row in found.top]
    return {day: values for day, values in found.days.items() if values != stats.DaySums()}, top


def test_sums_and_orders_agree_after_every_change(store):
    first, second = make_package(store), make_package(store, price=Decimal(5))
    # 18:15 UTC is midnight in Kathmandu.
    moments = [datetime(2026, 3, 31, 18, minute, tzinfo=UTC) for minute in (14, 15, 16)]
    bought = [buy(store, first, second, at=at) for at in moments]
    changes = (
        lambda: sums.fold(store),
        lambda: refunds.refund_order(order=bought[0], store=store, reason="no", amount=Decimal(4)),
        lambda: sums.fold(store),
        lambda: refunds.refund_order(order=bought[0], store=store, reason="no"),
        lambda: refunds.charge_back_order(order=bought[1], store=store),
        lambda: sums.fold(store),
        lambda: sums.rebuild(store),
        lambda: buy(store, second, at=moments[0]),
    )
    for change in (lambda: None, *changes):
        change()
        assert as_kept(store) == as_they_stand(store)
        assert faults_of(store) == []
    assert {day: row.orders for day, row in as_kept(store)[0].items()} == {
        date(2026, 3, 31): 1, date(2026, 4, 1): 1,
    }  # fmt: skip


def test_an_entry_is_added_to_the_sums_once(store):
    buy(store, make_package(store, price=Decimal(5)))
    assert [sums.fold(store), sums.fold(store)] == [1, 0]
    assert (SoldDay.objects.get().revenue, SalesEntry.objects.count()) == (Decimal(5), 0)
    kept = set(SoldPackage.objects.values_list("is_month", "units", "revenue"))
    assert kept == {(True, 1, Decimal(5)), (False, 1, Decimal(5))}


def test_the_job_keeps_the_sums_of_every_store_in_rounds(store, monkeypatch):
    monkeypatch.setattr(sums, "MOST", 2)
    other = make_store()
    for _ in range(3):
        buy(store, make_package(store))
    buy(other, make_package(other))
    assert [jobs.keep_sums(), jobs.keep_sums()] == [4, 0]
    assert [faults_of(store), faults_of(other)] == [[], []]


def test_another_zone_is_followed_at_once_from_the_orders_and_then_by_new_sums(store):
    package = make_package(store)
    buy(store, package, at=datetime(2026, 3, 31, 18, 30, tzinfo=UTC))
    jobs.keep_sums()
    assert list(as_kept(store)[0]) == [date(2026, 4, 1)]
    store.timezone = "America/New_York"
    store.save()
    assert list(as_kept(store)[0]) == [date(2026, 3, 31)]
    assert "zone" in faults_of(store)[0]
    buy(store, package, at=datetime(2026, 3, 31, 18, 40, tzinfo=UTC))
    # What is booked in the old zone's book is not added to it any more.
    assert sums.fold(store) == 0
    jobs.keep_sums()
    assert (SalesBook.objects.get(store=store).timezone, SalesEntry.objects.count()) == ("America/New_York", 0)
    assert as_kept(store) == as_they_stand(store)
    assert SoldDay.objects.get().orders == 2


def test_a_store_without_sums_is_read_from_its_orders(store):
    buy(store, make_package(store), at=datetime(2026, 5, 5, tzinfo=UTC))
    SalesBook.objects.all().delete()
    assert as_kept(store) == as_they_stand(store) != ({}, [])
    jobs.keep_sums()
    assert faults_of(store) == []


def test_who_adds_entries_while_somebody_reads_does_not_show_them_twice(store, monkeypatch):
    buy(store, make_package(store), at=datetime(2026, 5, 5, tzinfo=UTC))
    read = stats._kept
    rounds: list[int] = []

    def fold_meanwhile(*args):
        found = read(*args)
        rounds.append(sums.fold(store) if not rounds else 0)
        return found

    monkeypatch.setattr(stats, "_kept", fold_meanwhile)
    assert as_kept(store) == as_they_stand(store)
    assert rounds == [1, 0]


def test_the_check_names_what_is_wrong_and_repairs_it(store):
    buy(store, make_package(store), at=datetime(2026, 5, 5, tzinfo=UTC))
    jobs.keep_sums()
    call_command("check_sums", stdout=StringIO())
    SoldDay.objects.update(revenue=1)
    SoldPackage.objects.filter(is_month=True).update(units=7)
    report = StringIO()
    with pytest.raises(CommandError, match="1 with faults"):
        call_command("check_sums", "--store", store.store_id, stdout=report)
    assert "day 2026-05-05, package " in report.getvalue()
    call_command("check_sums", "--repair", stdout=StringIO())
    assert faults_of(store) == []
    with pytest.raises(CommandError, match="no store"):
        call_command("check_sums", "--store", "nowhere1")


@pytest.mark.parametrize("seed", range(8))
def test_the_best_packages_are_those_of_all_sums_however_few_are_read(store, monkeypatch, seed):
    chance = random.Random(seed)
    monkeypatch.setattr(best_packages, "HEAD", chance.choice((2, 5)))
    monkeypatch.setattr(best_packages, "CHOSEN", chance.choice((10, 14)))
    packages = [make_package(store).pk for _ in range(25)]
    steepness, rows = chance.choice((0, 3)), []
    for start in (date(2026, 1, 1) + timedelta(number) for number in range(75)):
        for place, pk in enumerate(packages):
            revenue = chance.randrange(40) + 1000 // (place + 1) ** steepness
            for is_month in (True, False) if start.day == 1 else (False,):
                place_in_time = {"store": store, "package_id": pk, "is_month": is_month, "start": start}
                rows.append(SoldPackage(units=1, revenue=revenue * (20 if is_month else 1), **place_in_time))
    SoldPackage.objects.bulk_create(rows)
    first, last = date(2026, 1, chance.randrange(1, 31)), date(2026, 3, chance.randrange(1, 15))
    pending = {pk: (1, Decimal(chance.randrange(-300, 300))) for pk in packages[20:]}
    parts = best_packages.parts_of(first, last)
    sold: dict[Any, Decimal] = dict.fromkeys(packages, Decimal(0)) | {
        pk: revenue for pk, (_, revenue) in pending.items()
    }
    for row in rows:
        if best_packages.Part(row.is_month, row.start) in parts:
            sold[row.package_id] += row.revenue
    found = best_packages.best_packages(store, first, last, pending)
    assert [revenue for _, _, revenue in found] == sorted(sold.values(), reverse=True)[:10]
    assert all(sold[pk] == revenue for pk, _, revenue in found)
