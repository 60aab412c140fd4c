"""Reads of stores and what is in them; each begins with the owner."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from accounts.models import Account, User
    from store.models import (  # noqa: F401
        Ban,
        Category,
        Coupon,
        Customer,
        GiftCard,
        Order,
        Package,
        Sale,
        Server,
        Store,
        Subscription,
    )

Row = TypeVar("Row", bound=models.Model)


class StoreQuerySet(models.QuerySet["Store"]):
    """Chainable reads of stores."""

    def of_account(self, account: "Account") -> "StoreQuerySet":
        """Return the stores that the account owns, oldest first."""
        return self.filter(account=account).order_by("pk")

    def of_user(self, user: "User") -> "StoreQuerySet":
        """Return the stores of every account that the person is a member of."""
        return self.filter(account__memberships__user=user)


class InStoreQuerySet(models.QuerySet[Row]):
    """Chainable reads of rows that belong to a store."""

    def of_store(self, store: "Store") -> Self:
        """Return the rows of one store, and no other's."""
        return self.filter(store=store)


class ServerQuerySet(InStoreQuerySet["Server"]):
    """Chainable reads of servers."""


class CategoryQuerySet(InStoreQuerySet["Category"]):
    """Chainable reads of categories."""

    def with_package_count(self) -> "CategoryQuerySet":
        """Bring `package_count`: packages right in each category that were not deleted."""
        from store.models import Package

        inside = Package.objects.visible().filter(category=OuterRef("pk")).order_by().values("category")
        count = Subquery(inside.annotate(number=Count("pk")).values("number"))
        return self.annotate(package_count=Coalesce(count, 0))


class PackageQuerySet(InStoreQuerySet["Package"]):
    """Chainable reads of packages."""

    def visible(self) -> "PackageQuerySet":
        """Return those that were not deleted."""
        return self.filter(hidden_at__isnull=True)

    def shown(self) -> "PackageQuerySet":
        """Return what clients may see, with all that an answer shows."""
        return self.visible().for_output()

    def for_output(self) -> "PackageQuerySet":
        """Bring what an answer shows: the category's name and the servers' ids, in two queries for any number."""
        from store.models import Server

        servers: Prefetch[Any] = Prefetch(
            "servers", Server.objects.only("pk", "created_at").order_by("created_at", "pk")
        )
        return self.select_related("category").prefetch_related(servers)


class CouponQuerySet(InStoreQuerySet["Coupon"]):
    """Chainable reads of coupons."""


class SaleQuerySet(InStoreQuerySet["Sale"]):
    """Chainable reads of sales."""


class GiftCardQuerySet(InStoreQuerySet["GiftCard"]):
    """Chainable reads of gift cards."""


class OrderQuerySet(InStoreQuerySet["Order"]):
    """Chainable reads of orders."""


class CustomerQuerySet(InStoreQuerySet["Customer"]):
    """Chainable reads of customers."""


class BanQuerySet(InStoreQuerySet["Ban"]):
    """Chainable reads of bans."""


class SubscriptionQuerySet(InStoreQuerySet["Subscription"]):
    """Chainable reads of subscriptions."""
