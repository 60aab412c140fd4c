"""Orders over HTTP."""

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from rest_framework.response import Response

from store.listing import BY_IDS, CREATED, UPDATED, Listing, moment, one_id, one_of, some_text
from store.models import Order, OrderStatus, Store
from store.order_serializers import CancelInput, OrderInput, OrderOutput, RefundInput
from store.querysets import OrderQuerySet
from store.resources import Acted, Created, Listed, Read, ResourceView, documented
from store.searching import CUSTOMER, FEW, Search
from store.services import orders, refunds
from store.totals import Pace, total


def _of_player(rows: OrderQuerySet, player: str) -> OrderQuerySet:
    return rows.of_player(player) if player else rows


def _with_package(rows: OrderQuerySet, package_id: Any) -> OrderQuerySet:
    return rows.with_package(package_id)


def _with_transaction(rows: OrderQuerySet, transaction_id: str) -> OrderQuerySet:
    return rows.filter(transaction_id=transaction_id) if transaction_id else rows


class OrderListing(Listing):
    """A list of orders."""

    def number(
        self, rows: QuerySet[Any], chosen: QuerySet[Any], wanted: dict[str, Any], context: dict[str, Any]
    ) -> int:
        """Return how many orders were chosen; the paid ones, nearly all, are all less the others."""
        if wanted["status"] != OrderStatus.PAID:
            return super().number(rows, chosen, wanted, context)
        wanted = wanted | {"status": None}
        chosen = self.narrowed(rows, wanted, context)
        others = chosen.filter(status__in=[status for status in OrderStatus if status != OrderStatus.PAID])
        return super().number(rows, chosen, wanted, context) - total(others, context["store"], self.pace.moving)

    def walked(
        self,
        rows: QuerySet[Any],
        chosen: QuerySet[Any],
        wanted: dict[str, Any],
        context: dict[str, Any],
        number: int,
    ) -> QuerySet[Any]:
        """Return the chosen orders; those of a package that is in many of them are not fetched to be sorted."""
        if wanted["packageId"] is None or number <= FEW:
            return chosen
        others = self.narrowed(rows, wanted | {"packageId": None}, context)
        return cast(OrderQuerySet, others).asked_for_package(wanted["packageId"])


ORDERS = OrderListing(
    output=OrderOutput,
    sorts={"createdAt": "created_at", "updatedAt": "updated_at", "totalAmount": "total_amount"},
    default_sort="createdAt",
    search=Search(pointed=(CUSTOMER,)),
    # An order is never deleted, and keeps all that it is found by, but for its status.
    pace=Pace("updated_at", grows=True, unless=("status", "updatedSince")),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "from": (moment("The same as createdFrom."), "created_at__gte"),
        "to": (moment("The same as createdTo."), "created_at__lte"),
        "status": (one_of(tuple(OrderStatus.values), None, "Where the order stands."), "status"),
        "player": (some_text("The player's name, ignoring case, or UUID."), _of_player),
        "packageId": (one_id("Orders with a line of this package."), _with_package),
        "couponId": (one_id("Orders that took this coupon."), "coupon"),
        "transactionId": (some_text("The payment provider's own id."), _with_transaction),
    },
)


class OrderView(ResourceView):
    """What the views of orders share."""

    area = "Orders"
    noun, plural = "order", "orders"
    listing, output = ORDERS, OrderOutput
    # Somebody else held what the order needs for too long.
    more_statuses: ClassVar[dict[str, tuple[int, ...]]] = {"POST": (503,)}

    def rows(self, store: Store) -> QuerySet[Order]:
        """Return the store's orders with their lines."""
        return Order.objects.of_store(store).with_lines()


@documented
class OrderListView(Listed, Created, OrderView):
    """`/api/v1/orders`."""

    input = OrderInput

    def create(self, fields: dict[str, Any]) -> Order:
        """Make a manual order, or price one."""
        if fields.pop("simulate", False):
            return orders.simulate_order(store=self.store, **fields)
        return orders.create_order(store=self.store, key=self.key, **fields)

    def shown_new(self, row: Order) -> Response:
        """Return the answer with the order; a simulated one is nowhere but here."""
        return self.shown(row)


@documented
class OrderDetailView(Read, OrderView):
    """`/api/v1/orders/{id}`."""


@documented
class OrderRefundView(Acted, OrderView):
    """`/api/v1/orders/{id}/refund`."""

    action = "refund"
    rule = "Gives money back, first to the gift card. Once all is back, the units return to the stock."
    input = RefundInput

    def act(self, row: Order, fields: dict[str, Any]) -> Order:
        """Refund the order."""
        return refunds.refund_order(order=row, store=self.store, key=self.key, **fields)


@documented
class OrderCancelView(Acted, OrderView):
    """`/api/v1/orders/{id}/cancel`."""

    action = "cancel"
    rule = "Only a pending order can be cancelled."
    input = CancelInput

    def act(self, row: Order, fields: dict[str, Any]) -> Order:
        """Cancel the order."""
        return orders.cancel_order(order=row, store=self.store, key=self.key)
