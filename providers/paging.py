"""Pages of the directory: every order is total, so a cursor names one place and nothing is skipped or shown twice.

What has no value comes last, whichever the direction; the slug decides between equals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    DateTimeField,
    DecimalField,
    F,
    Field,
    Func,
    IntegerField,
    Q,
    prefetch_related_objects,
)

from providers.cursors import opened, sealed
from providers.lookups import Bytewise, OrElse
from providers.models import Provider
from providers.querysets import ProviderQuerySet

DEFAULT_SORT = "name"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER: "DecimalField[Any, Any]" = DecimalField(max_digits=9, decimal_places=3)
_WHOLE: "IntegerField[Any, Any]" = IntegerField()
_MOMENT: "DateTimeField[Any, Any]" = DateTimeField()
# Beyond every value that a column may hold, and so behind it.
_LOWEST, _HIGHEST = -1, 10_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """One sort of the directory. column: what it looks at. is_descending: greatest first."""

    column: str
    is_descending: bool
    kind: "Field[Any, Any] | None" = None

    @property
    def place(self) -> Func | F:
        """Return the expression that is sorted by; never null."""
        if self.column == "sort_name":
            return Bytewise(F(self.column))
        if isinstance(self.kind, DateTimeField) or self.kind is None:
            return F(self.column)
        return OrElse(self.column, self.stand_in, output_field=self.kind)

    @property
    def stand_in(self) -> int:
        """Return what stands for a missing number."""
        return _LOWEST if self.is_descending else _HIGHEST

    def sorted(self, rows: ProviderQuerySet) -> ProviderQuerySet:
        """Return the rows in this order."""
        rows = rows.alias(place=self.place, slug_place=Bytewise(F("slug")))
        place = F("place")
        return rows.order_by(place.desc() if self.is_descending else place.asc(), F("slug_place").asc())

    def following(self, rows: ProviderQuerySet, value: Any, slug: str, most: int) -> list[Provider]:
        """Return so many of the sorted rows that follow the one with this value and slug, or fewer.

        First those of the same value, then those beyond it: each is one piece of the index. A condition that says
        both lets the database start at the value alone, and look at every row that shares it: thousands, where
        most have no rating.
        """
        ahead = "lt" if self.is_descending else "gt"
        found = list(rows.filter(Q(place=value) & Q(slug_place__gt=slug))[:most])
        if value == self.stand_in:
            return found
        seen = {row.pk for row in found}
        rest = rows.filter(**{f"place__{ahead}": value})[: most - len(found)]
        # One that was given a further value between the two questions is the answer to both.
        return [*found, *(row for row in rest if row.pk not in seen)]

    def value_of(self, row: Provider) -> str | int:
        """Return the row's place as a cursor keeps it."""
        value = getattr(row, self.column)
        if isinstance(value, datetime):
            return (value - _EPOCH) // _MICROSECOND
        if value is None:
            return self.stand_in
        return str(value) if isinstance(value, Decimal) else value

    def read(self, value: str | int) -> Any:
        """Return a place as the database compares it."""
        if isinstance(self.kind, DateTimeField):
            return _EPOCH + int(value) * _MICROSECOND
        return Decimal(value) if isinstance(self.kind, DecimalField) else value


# The API's words of `sort`; "price" is completed by `_order_of`.
SORTS: dict[str, Order] = {
    sign + name: Order(column, sign == "-", kind)
    for name, column, kind in (
        ("name", "sort_name", None),
        ("price", "cheapest", _NUMBER),
        ("nodes", "total_nodes", _WHOLE),
        ("uptime", "uptime_percentage", _NUMBER),
        ("rating", "rating", _NUMBER),
        ("updated", "updated_at", _MOMENT),
    )
    for sign in ("", "-")
}


def page_of(rows: ProviderQuerySet, query: Mapping[str, Any]) -> tuple[list[Provider], str | None]:
    """Return one page of the rows with their tiers, and the cursor of the next page where there is one.

    rows: already chosen by the filters. query: a validated `DirectoryQuery`.
    Raises InvalidFields (400) for a cursor of another sort or other filters.
    """
    order, limit = order_of(query), query["limit"]
    rows = order.sorted(rows).for_reading()
    if "after" in query:
        value, slug = opened(query["after"], query)
        found = order.following(rows, order.read(value), slug, limit + 1)
    else:
        found = list(rows[: limit + 1])
    page = found[:limit]
    prefetch_related_objects(page, "tiers")
    return page, cursor_after(page[-1], query) if len(found) > limit else None


def order_of(query: Mapping[str, Any]) -> Order:
    """Return the order that a query asks for: by price is by the price of its tier."""
    order = SORTS[query["sort"]]
    if order.column == "cheapest" and "tier" in query:
        return Order(f"cheapest_{query['tier']}", order.is_descending, order.kind)
    return order


def cursor_after(row: Provider, query: Mapping[str, Any]) -> str:
    """Return the cursor of what follows a row of the query's list."""
    return sealed([order_of(query).value_of(row), row.slug], query)
