"""What orders meet when something changes between the look and the lock."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError

from api.errors import NotFound
from store import services
from store.errors import OrderRefused, StoreBusy
from store.models import Customer, Order, Package
from store.services import locking, orders
from store.services.carts import Wish
from store.tests.factories import make_bare_order, make_package, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def buy(store, package, **fields) -> Order:
    return orders.create_order(store=store, player_username="Steve", items=[Wish(package.pk, 1)], **fields)


@pytest.mark.parametrize("ignore_limits", [True, False])
@pytest.mark.parametrize("change", [{"price": Decimal(7)}, {"type": "subscription"}, None])
def test_a_package_that_changes_before_it_is_locked_is_not_sold(store, monkeypatch, change, ignore_limits):
    package = make_package(store)
    lock = locking.lock_packages

    def change_then_lock(ids):
        if change is None:
            services.hide_package(package=package, store=store)
        else:
            services.update_package(package=package, store=store, **change)
        return lock(ids)

    monkeypatch.setattr(locking, "lock_packages", change_then_lock)
    # Type and price fit the order's tables whatever they are; the refusal is all that keeps the old price out.
    monkeypatch.setattr("store.services.package_rules.check", lambda *_: None)
    with pytest.raises(OrderRefused) as refusal:
        buy(store, package, ignore_limits=ignore_limits)
    assert [fault.sentence() for fault in refusal.value.errors] == [
        "items[0].packageId: was changed meanwhile; send the order again"
    ]
    assert (Order.objects.count(), Customer.objects.count(), Package.objects.get().sold) == (0, 0, 0)


def test_an_order_that_is_gone_is_not_found(store):
    order = make_bare_order(store)
    Order.objects.all().delete()
    with pytest.raises(NotFound):
        orders.cancel_order(order=order, store=store)


class _Refused(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "text", "is_busy"),
    [
        ("55P03", "canceling statement due to lock timeout", True),
        ("40P01", "deadlock detected", True),
        ("57014", "canceling statement due to statement timeout", False),
        (None, "database is locked", True),
        (None, "no such table: x", False),
    ],
)
def test_only_locks_make_a_store_busy(sqlstate, text, is_busy):
    fault = OperationalError(text)
    fault.__cause__ = _Refused(sqlstate)
    with pytest.raises(StoreBusy if is_busy else OperationalError), locking.exclusive():
        raise fault


@pytest.mark.parametrize(("sqlstate", "is_busy"), [("23503", True), ("23514", False), (None, False)])
def test_what_is_deleted_under_an_order_makes_the_store_busy(sqlstate, is_busy):
    fault = IntegrityError("violates a constraint")
    fault.__cause__ = _Refused(sqlstate)
    with pytest.raises(StoreBusy if is_busy else IntegrityError), locking.exclusive():
        raise fault
