"""Subscriptions over HTTP: orders begin them, time moves them on."""

from django.db.models import QuerySet

from store.listing import BY_IDS, CREATED, UPDATED, Listing, one_id, one_of
from store.models import Store, Subscription, SubscriptionStatus
from store.resources import Listed, Read, ResourceView, documented
from store.searching import CUSTOMER, RENEWING, Search
from store.subscription_serializers import SubscriptionOutput
from store.totals import Pace

SUBSCRIPTIONS = Listing(
    output=SubscriptionOutput,
    sorts={"createdAt": "created_at", "updatedAt": "updated_at", "currentPeriodEnd": "current_period_end"},
    default_sort="createdAt",
    search=Search(pointed=(CUSTOMER, RENEWING)),
    pace=Pace("updated_at"),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "status": (one_of(tuple(SubscriptionStatus.values), None, "Where it stands."), "status"),
        "packageId": (one_id("Subscriptions of this package."), "package"),
    },
)


class SubscriptionView(ResourceView):
    """What the views of subscriptions share."""

    area = "Subscriptions"
    noun, plural = "subscription", "subscriptions"
    listing, output = SUBSCRIPTIONS, SubscriptionOutput

    def rows(self, store: Store) -> QuerySet[Subscription]:
        """Return the store's subscriptions."""
        return Subscription.objects.of_store(store).for_output()


@documented
class SubscriptionListView(Listed, SubscriptionView):
    """`/api/v1/subscriptions`."""


@documented
class SubscriptionDetailView(Read, SubscriptionView):
    """`/api/v1/subscriptions/{id}`."""
