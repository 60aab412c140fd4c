"""Sales over HTTP."""

from typing import Any

from django.db.models import QuerySet

from store.listing import BY_IDS, CREATED, UPDATED, Listing, true_or_false
from store.models import Sale, Store
from store.resources import Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.sale_serializers import SaleInput, SaleOutput
from store.searching import Search
from store.services import sales

SALES = Listing(
    output=SaleOutput,
    sorts={
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "name": "name",
        "discountPercentage": "discount_percentage",
    },
    default_sort="createdAt",
    search=Search(("name",)),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "isEnabled": (true_or_false(None, "Whether it is switched on."), "is_enabled"),
    },
)


class SaleView(ResourceView):
    """What the views of sales share."""

    area = "Sales"
    noun, plural = "sale", "sales"
    listing, input, output = SALES, SaleInput, SaleOutput

    def rows(self, store: Store) -> QuerySet[Sale]:
        """Return the store's sales."""
        return Sale.objects.of_store(store).with_reach()


@documented
class SaleListView(Listed, Created, SaleView):
    """`/api/v1/sales`."""

    def create(self, fields: dict[str, Any]) -> Sale:
        """Create a sale."""
        return sales.create_sale(store=self.store, key=self.key, **fields)


@documented
class SaleDetailView(Read, Updated, Deleted, SaleView):
    """`/api/v1/sales/{id}`."""

    def update(self, row: Sale, fields: dict[str, Any]) -> Sale:
        """Change a sale."""
        return sales.update_sale(sale=row, store=self.store, key=self.key, **fields)

    def remove(self, row: Sale) -> None:
        """Delete a sale."""
        sales.delete_sale(sale=row, store=self.store, key=self.key)
