"""Filters and search of orders, each over an index: a store may have a million."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter

from store.identities import normal_uuid
from store.models import Customer, Package, Store
from store.players import player_key
from store.querysets import OrderQuerySet
from store.store_admin.chosen import store_of
from store.store_admin.filters import MOST, StoreListFilter

_DAYS = {"today": 1, "7": 7, "30": 30, "90": 90}
# A part of a name may fit many players; more of them than this are not looked for.
MOST_PLAYERS = 100


def day_begins(day: date, store: Store) -> datetime:
    """Return the first moment of a day in the store's zone."""
    return datetime.combine(day, time.min, ZoneInfo(store.timezone))


class PeriodFilter(StoreListFilter):
    """Orders of the last days, in the store's zone."""

    title, parameter_name = "period", "period"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return the spans."""
        return [("today", "Today"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days")]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the orders of a span."""
        today = timezone.now().astimezone(ZoneInfo(store.timezone)).date()
        return rows.filter(created_at__gte=day_begins(today - timedelta(_DAYS[value] - 1), store))


class PackageFilter(StoreListFilter):
    """Orders with a line of a package; the first two hundred by name are offered."""

    title, parameter_name = "package", "package"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return the packages."""
        rows = Package.objects.visible_in(store).order_by("name", "pk").values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows[:MOST]]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the orders of one package."""
        wanted = Package.objects.of_store(store).get(pk=value)
        return rows.with_package(wanted.pk) if isinstance(rows, OrderQuerySet) else rows.none()


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included, in the store's zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows; a day that is none asks for nothing."""
        store = store_of(request)
        first, last = (self._day(f"{self.field_path}_{end}") for end in ("from", "to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": day_begins(first, store)})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lt": day_begins(last + timedelta(1), store)})
        return queryset

    def _day(self, name: str) -> date | None:
        text = self.used_parameters.get(name)
        text = text[-1] if isinstance(text, list) else text
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            return None


def found(rows: OrderQuerySet, term: str, store: Store) -> OrderQuerySet:
    """Return the orders that a word means: the id of an order, player or payment, or a part of a name."""
    term = term.strip()
    try:
        wanted = normal_uuid(term)
    except ValueError:
        key = player_key(term)
        players = Customer.objects.of_store(store).filter(player_key__contains=key).order_by("-last_purchase_at")
        # Looked up first: the planner cannot know how few they are.
        ids = list(players.values_list("pk", flat=True)[:MOST_PLAYERS])
        return rows.filter(Q(customer__in=ids) | Q(transaction_id=term))
    if rows.filter(pk=wanted).exists():
        return rows.filter(pk=wanted)
    # Asked in one question with OR, the planner reads all orders of the store.
    known = Customer.objects.of_store(store).filter(player_uuid=wanted)
    return rows.filter(customer__in=list(known.values_list("pk", flat=True)[:MOST_PLAYERS]))
