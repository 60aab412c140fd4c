"""Reads of stores and what is in them; each begins with the owner."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce

from store.identities import networks_of, normal_uuid
from store.players import player_key

if TYPE_CHECKING:
    from accounts.models import Account, User
    from store.models import (  # noqa: F401
        Ban,
        Category,
        Coupon,
        Customer,
        GiftCard,
        Order,
        OrderItem,
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

    def of_team(self, user: "User") -> "StoreQuerySet":
        """Return the stores that the person works in, oldest first.

        Owners and admins of an account work in all of its stores, others where they were put into the team.
        A closed account's stores are nobody's any more.
        """
        from accounts.models import Role

        return self._of_person(user, role__in=[Role.OWNER, Role.ADMIN])

    def known_to(self, user: "User") -> "StoreQuerySet":
        """Return the stores that a refusal may name: members of an account know what it owns."""
        return self._of_person(user)

    def _of_person(self, user: "User", **membership: Any) -> "StoreQuerySet":
        from accounts.models import Membership
        from store.models import StoreMember

        accounts = Membership.objects.filter(user=user, **membership).values("account")
        teams = StoreMember.objects.filter(user=user).values("store")
        own = Q(account__in=accounts) | Q(pk__in=teams)
        return self.filter(own, account__closed_at__isnull=True).order_by("pk")


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
        count = Subquery(inside.annotate(number=Count("*")).values("number"))
        return self.annotate(package_count=Coalesce(count, 0))


class PackageQuerySet(InStoreQuerySet["Package"]):
    """Chainable reads of packages."""

    def visible(self) -> "PackageQuerySet":
        """Return those that were not deleted."""
        return self.filter(hidden_at__isnull=True)

    def visible_in(self, store: "Store") -> "PackageQuerySet":
        """Return those of a store that were not deleted."""
        return self.of_store(store).visible()

    def renewing(self) -> "PackageQuerySet":
        """Return those that are sold as subscriptions, deleted ones too."""
        from store.models import PackageType

        return self.filter(type=PackageType.SUBSCRIPTION)

    def shown(self) -> "PackageQuerySet":
        """Return what clients may see, with all that an answer shows."""
        return self.visible().for_output()

    def for_output(self) -> "PackageQuerySet":
        """Bring what an answer shows, in four queries for any number: rows, servers, requirements and commands."""
        from store.models import Package, Server

        servers: Prefetch[Any] = Prefetch(
            "servers", Server.objects.only("pk", "created_at").order_by("created_at", "pk")
        )
        required: Prefetch[Any] = Prefetch(
            "required_packages", Package.objects.visible().only("pk").order_by("pk")
        )
        return self.select_related("category__parent").prefetch_related(servers, required, "commands")


class ReachingQuerySet(InStoreQuerySet[Row]):
    """Chainable reads of what covers the store, some categories or some packages."""

    def with_reach(self) -> Self:
        """Bring the ids of categories and packages, deleted ones left out, in two queries for any number."""
        return self.prefetch_related(*self.reach_lookups())

    def reach_lookups(self) -> tuple["Prefetch[Any]", "Prefetch[Any]"]:
        """Return what brings the ids of categories, and what brings those of packages."""
        from store.models import Category, Package

        categories: Prefetch[Any] = Prefetch("categories", Category.objects.only("pk").order_by("pk"))
        packages: Prefetch[Any] = Prefetch("packages", Package.objects.visible().only("pk").order_by("pk"))
        return categories, packages


class CouponQuerySet(ReachingQuerySet["Coupon"]):
    """Chainable reads of coupons."""

    def redeemable(self, now: datetime) -> "CouponQuerySet":
        """Return those that somebody can still take."""
        has_begun = Q(valid_from=None) | Q(valid_from__lte=now)
        goes_on = Q(valid_until=None) | Q(valid_until__gt=now)
        has_uses = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
        return self.filter(has_begun, goes_on, has_uses, is_active=True)


class SaleQuerySet(ReachingQuerySet["Sale"]):
    """Chainable reads of sales."""

    def running(self, now: datetime) -> "SaleQuerySet":
        """Return those that lower prices; without a start since ever, without an end until disabled."""
        has_begun = Q(start_date=None) | Q(start_date__lte=now)
        goes_on = Q(end_date=None) | Q(end_date__gt=now)
        return self.filter(has_begun, goes_on, is_enabled=True)


class GiftCardQuerySet(ReachingQuerySet["GiftCard"]):
    """Chainable reads of gift cards."""

    def redeemable(self, now: datetime) -> "GiftCardQuerySet":
        """Return those that can pay."""
        return self.in_status("active", now)

    def in_status(self, status: str, now: datetime) -> "GiftCardQuerySet":
        """Return those whose `status_at` this moment is the status."""
        if status == "voided":
            return self.filter(voided_at__isnull=False)
        intact = self.filter(voided_at=None, frozen_at__isnull=status != "frozen")
        if status == "frozen":
            return intact
        if status == "expired":
            return intact.filter(expires_at__lte=now)
        unexpired = intact.filter(Q(expires_at=None) | Q(expires_at__gt=now))
        return unexpired.filter(balance=0) if status == "redeemed" else unexpired.filter(balance__gt=0)


class OrderQuerySet(InStoreQuerySet["Order"]):
    """Chainable reads of orders."""

    def with_lines(self) -> "OrderQuerySet":
        """Bring the lines of each order, in one query for any number of orders."""
        lines: Prefetch[Any] = Prefetch("items", to_attr="lines")
        return self.prefetch_related(lines)

    def of_player(self, player: str) -> "OrderQuerySet":
        """Return the orders of a player, who is named by UUID, with or without hyphens, or in any case."""
        try:
            who = {"customer__player_uuid": normal_uuid(player)}
        except ValueError:
            who = {"customer__player_key": player_key(player)}
        # Says to the planner that the customer is of the same store, so that it looks into its index.
        return self.filter(customer__store=F("store"), **who)

    def with_package(self, package_id: uuid.UUID) -> "OrderQuerySet":
        """Return the orders that have a line of the package."""
        from store.models import OrderItem

        return self.filter(pk__in=OrderItem.objects.filter(package=package_id).values("order"))

    def asked_for_package(self, package_id: uuid.UUID) -> "OrderQuerySet":
        """Return the same orders as `with_package`: of many, the first ones in some order are found sooner.

        Nobody but the database's planner needs COALESCE and the range of one id: it walks along the sorted orders
        and asks each for a line, instead of finding all orders with one before it sorts them.
        """
        from store.models import OrderItem

        of_order = {"order__gte": OuterRef("pk"), "order__lte": OuterRef("pk")}
        lines = OrderItem.objects.filter(package=package_id, **of_order)
        return self.filter(Coalesce(Exists(lines), Value(False)))


class OrderItemQuerySet(models.QuerySet["OrderItem"]):
    """Chainable reads of the lines of orders."""

    def due(self, now: datetime) -> "OrderItemQuerySet":
        """Return the timed ones whose time is over and that were not ended, the oldest first."""
        from store.models import OrderStatus

        rows = self.filter(expires_at__lte=now, ended_at=None, order__status=OrderStatus.PAID)
        return rows.order_by("expires_at", "pk")


class CustomerQuerySet(InStoreQuerySet["Customer"]):
    """Chainable reads of customers."""


class BanQuerySet(InStoreQuerySet["Ban"]):
    """Chainable reads of bans."""

    def in_effect(self, now: datetime) -> "BanQuerySet":
        """Return those that are active and have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), is_active=True)

    def against(
        self, player_key: str | None, uuid: str | None = None, address: str | None = None
    ) -> "BanQuerySet":
        """Return those that name the player or hold the address; what is None or empty matches nothing.

        player_key: as `store.players.player_key` folds it. uuid: with or without hyphens. address: IPv4 or IPv6.
        """
        meant = Q(pk__in=[])
        if player_key:
            meant |= Q(player_key=player_key)
        if uuid:
            meant |= Q(player_uuid=_as_kept(uuid))
        if address:
            meant |= Q(ip_address__in=networks_of(address))
        return self.filter(meant)


class SubscriptionQuerySet(InStoreQuerySet["Subscription"]):
    """Chainable reads of subscriptions."""

    def for_output(self) -> "SubscriptionQuerySet":
        """Bring what an answer shows: the customer and the package."""
        return self.select_related("customer", "package")

    def due(self, now: datetime) -> "SubscriptionQuerySet":
        """Return the running ones whose period is over and that no provider collects for, the oldest first."""
        from store.models import PaymentProvider, SubscriptionStatus

        rows = self.filter(status=SubscriptionStatus.ACTIVE, current_period_end__lte=now)
        rows = rows.filter(item__order__payment_provider=PaymentProvider.MANUAL)
        return rows.order_by("current_period_end", "pk")


def _as_kept(uuid: str) -> str:
    try:
        return normal_uuid(uuid)
    except ValueError:
        return uuid
