"""What is on sale now: the store's running sales, and what they make of a package's price."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from store import money, pricing
from store.models import Package, Sale, Store


def running_sales(store: Store, now: datetime | None = None) -> tuple[pricing.Sale, ...]:
    """Return the store's sales that lower prices at a moment, the oldest first: three queries at most.

    What a sale covers is read for those that need it: a sale of the whole store asks for nothing more.
    """
    rows = list(Sale.objects.of_store(store).running(now or timezone.now()).order_by("created_at", "pk"))
    categories, packages = Sale.objects.reach_lookups()
    prefetch_related_objects([row for row in rows if row.reach_scope == pricing.Scope.CATEGORIES], categories)
    prefetch_related_objects([row for row in rows if row.reach_scope == pricing.Scope.PACKAGES], packages)
    return tuple(pricing.Sale(row.pk, row.discount_percentage, row.reach) for row in rows)


def line_of(package: Package, quantity: int = 1, custom_price: Decimal | None = None) -> pricing.Line:
    """Return a package as pricing wants it; bring `category__parent` for many."""
    category = package.category
    shelves = category.path_ids if category is not None else frozenset()
    return pricing.Line(package.pk, package.price, quantity, shelves, custom_price)


@extend_schema_field({"type": "number", "nullable": True})
class SalePriceField(serializers.Field[Any, Any, Any, Any]):
    """The price with the best of the running sales; null when none applies. One look for all rows of an answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Package) -> Decimal | None:
        """Return the price after the sale."""
        context: Any = self.context
        store: Store = context["store"]
        if "sales" not in context:
            context["sales"] = running_sales(store)
        line = line_of(value)
        sale = pricing.best_sale(line, context["sales"])
        if sale is None:
            return None
        return pricing.sale_price(value.price, sale.percentage, decimals=money.exponent(store.currency))
