"""Every door of the management API: a route and a method, what opens it, and a request that it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from store.models import Customer, Order, Store, Subscription
from store.tests.factories import (
    make_ban,
    make_bare_order,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    store_client,
)
from store.tests.orders import bought, line

METHODS = ("get", "post", "put", "patch", "delete")
Maker = Callable[[Store], Any]


@dataclass(frozen=True)
class Door:
    """One method of one route. needs: area and verb. row: makes the row that the path names.

    body: what the door takes. takes: whether what it is asked can be wrong, so that it can answer 400.
    """

    method: str
    route: str
    needs: tuple[str, str]
    row: Maker | None = None
    body: Callable[[Store], dict[str, Any]] | None = None
    takes: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    def path(self, pk: Any) -> str:
        """Return the path with the id of a row in it."""
        return "/" + self.route.replace("<uuid:pk>", str(pk))


def _customer(store: Store) -> Customer:
    return make_bare_order(store).customer


def _subscription(store: Store) -> Subscription:
    order = bought(store_client(store), line(make_package(store, type="subscription")))
    return Subscription.objects.get(item__order=order)


def _pending_order(store: Store) -> Order:
    order = make_bare_order(store)
    Order.objects.filter(pk=order.pk).update(status="Pending")
    return order


def _rows(noun: str, area: str, row: Maker, *, writes: bool = True, body: Any = None, changes: Any = None) -> Any:
    """Return the doors of a resource: its list and its rows, to read and, where it has that, to write."""
    many, one = f"api/v1/{noun}", f"api/v1/{noun}/<uuid:pk>"
    yield Door("get", many, (area, "View"))
    yield Door("get", one, (area, "View"), row, takes=False)
    if writes:
        yield Door("post", many, (area, "Edit"), body=lambda _: body)
        yield Door("patch", one, (area, "Edit"), row, lambda _: changes)
        yield Door("delete", one, (area, "Delete"), row, takes=False)


def _batch(noun: str, area: str, item: dict[str, Any]) -> Door:
    return Door("post", f"api/v1/{noun}/batch", (area, "Edit"), body=lambda _: {"items": [item]})


def _act(noun: str, area: str, action: str, row: Maker, body: dict[str, Any]) -> Door:
    return Door("post", f"api/v1/{noun}/<uuid:pk>/{action}", (area, "Edit"), row, lambda _: body)


def _order(store: Store) -> dict[str, Any]:
    return {"playerUsername": "Steve", "items": [line(make_package(store))]}


_NAMED, _REASON = {"name": "New"}, {"reason": "Griefing"}
_PACKAGE = {"name": "VIP", "price": 1}
_COUPON = {"code": "TEN", "discountType": "percentage", "discountValue": 10, "applicationScope": "store"}
_SALE = {"name": "Summer", "discountPercentage": 25, "applicationScope": "store"}
_CARD = {"amount": 20, "applicationScope": "store"}
_BAN = {"playerUsername": "Griefer", **_REASON}

DOORS: tuple[Door, ...] = (
    *_rows("categories", "Categories", make_category, body=_NAMED, changes=_NAMED),
    _batch("categories", "Categories", _NAMED),
    *_rows("packages", "Packages", make_package, body=_PACKAGE, changes=_NAMED),
    _batch("packages", "Packages", _PACKAGE),
    *_rows("coupons", "Coupons", make_coupon, body=_COUPON, changes={"maxUses": 5}),
    _batch("coupons", "Coupons", _COUPON),
    *_rows("sales", "Sales", make_sale, body=_SALE, changes=_NAMED),
    *_rows("gift-cards", "GiftCards", make_card, body=_CARD, changes={"recipientName": "Alex"}),
    _batch("gift-cards", "GiftCards", _CARD),
    _act("gift-cards", "GiftCards", "adjust", make_card, {"amount": 1, "note": "Sorry"}),
    _act("gift-cards", "GiftCards", "void", make_card, {"note": "Lost"}),
    Door("get", "api/v1/gift-cards/<uuid:pk>/transactions", ("GiftCards", "View"), make_card),
    *_rows("bans", "Bans", make_ban, body=_BAN, changes=_REASON),
    _batch("bans", "Bans", _BAN),
    *_rows("orders", "Orders", make_bare_order, writes=False),
    Door("post", "api/v1/orders", ("Orders", "Edit"), body=_order),
    _act("orders", "Orders", "refund", make_bare_order, {"amount": 1, "reason": "Sorry"}),
    _act("orders", "Orders", "cancel", _pending_order, {}),
    *_rows("customers", "Customers", _customer, writes=False),
    *_rows("subscriptions", "Subscriptions", _subscription, writes=False),
    Door("get", "api/v1/servers", ("Packages", "View")),
    Door("get", "api/v1/stats", ("Orders", "View")),
)
