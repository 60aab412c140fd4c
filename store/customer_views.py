"""Customers over HTTP: orders make them, and nobody else does."""

from django.db.models import QuerySet

from store.customer_serializers import CustomerOutput
from store.listing import BY_IDS, CREATED, Listing
from store.models import Customer, Store
from store.resources import Listed, Read, ResourceView, documented

CUSTOMERS = Listing(
    output=CustomerOutput,
    sorts={"lastPurchaseAt": "last_purchase_at", "totalSpent": "total_spent", "createdAt": "created_at"},
    default_sort="lastPurchaseAt",
    search=("player_username", "player_uuid"),
    # Purchases make customers and rename them; nothing else does.
    changed="last_purchase_at",
    filters={**CREATED, **BY_IDS},
)


class CustomerView(ResourceView):
    """What the views of customers share."""

    area = "Customers"
    noun, plural = "customer", "customers"
    listing, output = CUSTOMERS, CustomerOutput

    def rows(self, store: Store) -> QuerySet[Customer]:
        """Return the store's customers."""
        return Customer.objects.of_store(store)


@documented
class CustomerListView(Listed, CustomerView):
    """`/api/v1/customers`."""


@documented
class CustomerDetailView(Read, CustomerView):
    """`/api/v1/customers/{id}`."""
