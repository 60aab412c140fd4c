"""The first page: what the store sold today, this week and this month, what sold best, and the newest orders."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from store import stats
from store.charts import Bar, Chart
from store.models import Order, Package, Store
from store.stats import DaySums
from store.store_admin.amounts import shown

SPANS = (7, 30, 90)
DEFAULT_SPAN = 30
NEWEST = 8
_CARDS = (("Today", 1, "yesterday"), ("Last 7 days", 7, "the 7 before"), ("Last 30 days", 30, "the 30 before"))


@dataclass(frozen=True, slots=True)
class Card:
    """Sums of some days up to today. change: in per cent against as many days before; None when those had none."""

    title: str
    revenue: str
    orders: int
    change: int | None
    before: str


def context_of(request: HttpRequest, store: Store) -> dict[str, Any]:
    """Return what the page is drawn with. `?days=` is 7, 30 or 90; anything else is 30."""
    asked = request.GET.get("days", "")
    span = int(asked) if asked in {str(days) for days in SPANS} else DEFAULT_SPAN
    today = timezone.now().astimezone(ZoneInfo(store.timezone)).date()
    reach = max(span, 2 * max(days for _, days, _ in _CARDS))
    sums = stats.sums_of(store, today - timedelta(reach - 1), today)
    first = today - timedelta(span - 1)
    days = {day: day_sums for day, day_sums in sums.days.items() if day >= first}
    best = sums if span == reach else stats.sums_of(store, first, today)
    return {
        "store": store,
        "span": span,
        "spans": SPANS,
        "first": first,
        "today": today,
        "cards": [_card(store, sums.days, today, *card) for card in _CARDS],
        "charts": _charts(store, days),
        "days": [(day, shown(one.revenue, store), one.orders) for day, one in reversed(days.items())],
        "top": [(row, shown(row.revenue, store)) for row in best.top],
        "newest": _newest(store),
        "is_empty": not Package.objects.visible_in(store).exists(),
    }


def _card(store: Store, days: dict[date, DaySums], today: date, title: str, length: int, before: str) -> Card:
    now, then = (_sum(days, today - timedelta(back), length) for back in (0, length))
    change = round((now.revenue - then.revenue) * 100 / then.revenue) if then.revenue else None
    return Card(title, shown(now.revenue, store), now.orders, change, before)


def _sum(days: dict[date, DaySums], last: date, length: int) -> DaySums:
    found = [days[last - timedelta(back)] for back in range(length)]
    return DaySums(sum(day.orders for day in found), sum((day.revenue for day in found), Decimal(0)))


def _charts(store: Store, days: dict[date, DaySums]) -> list[Chart]:
    revenue = [Bar(day, sums.revenue, shown(sums.revenue, store)) for day, sums in days.items()]
    orders = [Bar(day, sums.orders, f"{sums.orders} orders") for day, sums in days.items()]
    return [
        Chart("revenue", f"Revenue by day in {store.currency}", revenue),
        Chart("orders", "Orders by day", orders),
    ]


def _newest(store: Store) -> list[tuple[Order, str]]:
    rows = Order.objects.of_store(store).order_by("-created_at", "-pk")[:NEWEST]
    return [(order, shown(order.total_amount, store)) for order in rows]
