"""The first page of the store admin: sums in the store's zone, charts in words, newest orders."""

from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from store.charts import Bar, Chart
from store.models import Order, SalesBook
from store.services import orders
from store.services.carts import Wish
from store.tests.factories import make_bare_order, make_package, make_store

ROOT = "/store-admin/"


@pytest.fixture
def store(client):
    store = make_store(name="Alpha", timezone_name="Pacific/Kiritimati")
    client.force_login(store.account.members.get())
    return store


def buy(store, package, quantity=1, days_ago=0):
    order = orders.create_order(store=store, player_username="Steve", items=[Wish(package.pk, quantity)])
    at = timezone.now() - timedelta(days_ago)
    Order.objects.filter(pk=order.pk).update(paid_at=at, created_at=at)
    # Without sums that are kept, the page reads the orders as they were dated just now.
    SalesBook.objects.filter(store=store).delete()
    return order


@pytest.mark.django_db
def test_the_first_page_sums_up_today_the_week_and_the_month(client, store):
    package = make_package(store, name="Dragon <Wings>", price=Decimal("1234.50"))
    for days_ago in (0, 3, 20, 40):
        buy(store, package, days_ago=days_ago)
    answer = client.get(ROOT)
    cards = answer.context["cards"]
    assert [(card.revenue, card.orders, card.change) for card in cards] == [
        ("1,234.50 EUR", 1, None),
        ("2,469.00 EUR", 2, None),
        ("3,703.50 EUR", 3, 200),
    ]
    shown = answer.content.decode()
    assert "+200 %" in shown
    assert "Dragon &lt;Wings&gt;" in shown
    assert "midnight in Pacific/Kiritimati" in shown
    assert answer.context["today"] == (timezone.now() + timedelta(hours=14)).date()


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("", 30), ("100000", 30), ("x", 30)])
def test_the_charts_show_the_days_that_were_asked_for(client, store, asked, days):
    buy(store, make_package(store), quantity=3, days_ago=days - 1)
    answer = client.get(ROOT, {"days": asked})
    assert [len(chart.bars) for chart in answer.context["charts"]] == [days, days]
    assert answer.context["charts"][0].bars[0].words == "29.97 EUR"
    assert [row.quantity for row, _ in answer.context["top"]] == [3]


@pytest.mark.django_db
def test_a_new_store_is_told_how_to_begin(client, store):
    assert "Nothing is for sale yet" in client.get(ROOT).content.decode()
    make_package(store)
    shown = client.get(ROOT).content.decode()
    assert "Nothing is for sale yet" not in shown
    assert "There are no orders yet." in shown


@pytest.mark.django_db
def test_times_are_shown_in_the_zone_of_the_store(client, store):
    order = make_bare_order(store)
    Order.objects.filter(pk=order.pk).update(created_at="2026-03-01T13:00:00Z")
    for page in (f"{ROOT}store/order/", f"{ROOT}store/order/{order.pk}/change/"):
        assert "March 2, 2026, 3 a.m." in client.get(page).content.decode()


def chart(*values):
    bars = [
        Bar(date(2026, 3, 1) + timedelta(n), Decimal(value), f"{value} <EUR>") for n, value in enumerate(values)
    ]
    return Chart("revenue", "Revenue & more", bars)


@pytest.mark.once
@pytest.mark.parametrize(("values", "top"), [((), 2), ((0, 0), 2), ((1, "3.2"), 4), ((1001,), 2000)])
def test_an_axis_ends_at_a_round_number_above_every_bar(values, top):
    assert chart(*values).top == top


@pytest.mark.once
def test_a_chart_says_in_words_what_it_draws():
    drawn = chart(0, 5, 10)
    assert drawn.words == "Revenue & more, 3 days. Most on 03 March 2026: 10 <EUR>."
    assert chart(0).words == "Revenue & more: nothing in these 1 days."
    svg = ET.fromstring(drawn.svg)  # noqa: S314 - our own drawing
    assert [title.text for title in svg.iter("title")][1:] == [
        "Sun 01 Mar: 0 <EUR>",
        "Mon 02 Mar: 5 <EUR>",
        "Tue 03 Mar: 10 <EUR>",
    ]
    assert [path.get("d") for path in svg.iter("path") if path.get("class") == "bar"] == [
        "M11 100v-50.00h8V100z",
        "M21 100v-100.00h8V100z",
    ]
