"""Customers over HTTP: orders make them, and nobody else does."""

from django.db.models import QuerySet

from store.customer_serializers import CustomerOutput
from store.listing import BY_IDS, CREATED, Listing
from store.models import Customer, Store
from store.resources import Listed, Read, ResourceView, documented
from store.searching import Search
from store.totals import Pace

CUSTOMERS = Listing(
    output=CustomerOutput,
    sorts={"lastPurchaseAt": "last_purchase_at", "totalSpent": "total_spent", "createdAt": "created_at"},
    default_sort="lastPurchaseAt",
    search=Search(players=True),
    # Purchases make customers and name them; nothing else does.
    pace=Pace("last_purchase_at", grows=True, unless=("search",)),
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
