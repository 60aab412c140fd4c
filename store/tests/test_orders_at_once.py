"""Orders that come at the same moment, on PostgreSQL with a connection each: nothing is sold or paid twice."""

from collections import Counter
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from api.errors import PlatformError
from store.errors import StoreBusy
from store.models import Coupon, Customer, GiftCard, GiftCardEntry, Order, Package, PackageUse, Refund
from store.services import locking, orders, packages, refunds, stock
from store.services.carts import Wish
from store.tests.factories import make_card, make_coupon, make_package, make_store, store_client
from store.tests.orders import line, place
from tests.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def store():
    return make_store()


def buy(store, *wanted, player="Steve", **fields) -> str:
    """Order and return "paid", or the word for why not."""
    items = [Wish(package.pk, 1) for package in wanted]
    return outcome(lambda: orders.create_order(store=store, player_username=player, items=items, **fields))


def outcome(act) -> str:
    try:
        return str(act().status)
    except PlatformError as refused:
        return refused.errors[0].code if refused.errors else refused.code


def the_only(model) -> Any:
    return model.objects.get()


def test_the_last_unit_is_sold_once_over_http(store):
    package = make_package(store, global_limit=1)
    clients = [store_client(store) for _ in range(20)]
    answers = at_once(20, lambda n: place(clients[n], line(package), playerUsername=f"Player{n}"))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 19}
    sentences = {tuple(answer.json()["errors"]) for answer in answers if answer.status_code == 400}
    assert sentences == {("items[0].packageId: is out of stock",)}
    assert (Order.objects.count(), Customer.objects.count(), the_only(Package).sold) == (1, 1, 1)


def test_a_coupon_is_taken_as_often_as_it_allows_and_not_once_more(store):
    package, coupon = make_package(store), make_coupon(store, max_uses=7)
    results = at_once(50, lambda n: buy(store, package, player=f"Player{n}", coupon_code=coupon.code))
    assert Counter(results) == {"Paid": 7, "coupon_not_redeemable": 43}
    assert (the_only(Coupon).uses, the_only(Package).sold) == (7, 7)


def test_one_player_takes_a_coupon_once_in_two_carts(store):
    first, second, coupon = make_package(store), make_package(store), make_coupon(store, max_uses_per_user=1)
    carts = [(first,), (second,)]
    results = at_once(2, lambda n: buy(store, *carts[n], player=("STEVE", "steve")[n], coupon_code=coupon.code))
    assert sorted(results) == ["Paid", "coupon_not_redeemable"]
    assert (the_only(Coupon).uses, Customer.objects.count(), Order.objects.count()) == (1, 1, 1)


def test_one_player_stays_within_the_limit_of_a_package(store):
    package = make_package(store, per_user_limit=2)
    assert Counter(at_once(8, lambda _: buy(store, package))) == {"Paid": 2, "per_user_limit": 6}
    assert (the_only(PackageUse).quantity, the_only(Customer).orders_count) == (2, 2)


def test_a_gift_card_pays_for_two_orders_what_it_has_and_no_more(store):
    package, card = make_package(store, price=Decimal(15)), make_card(store, amount=Decimal(20))
    results = at_once(2, lambda n: buy(store, package, player=f"Player{n}", gift_card_code=card.code))
    assert results == ["Paid", "Paid"]
    paid: Any = sorted(Order.objects.values_list("gift_card_amount", flat=True))
    assert (paid, the_only(GiftCard).balance) == ([5, 15], 0)
    moved: Any = GiftCardEntry.objects.order_by("created_at").values_list("amount", "balance_after")
    assert list(moved) == [(20, 20), (-15, 5), (-5, 0)]


def test_two_refunds_give_the_money_back_once(store):
    package, card = make_package(store, price=Decimal(30)), make_card(store, amount=Decimal(10))
    buy(store, package, gift_card_code=card.code)
    order = Order.objects.get()
    results = at_once(4, lambda _: outcome(lambda: refunds.refund_order(order=order, store=store, reason="no")))
    assert Counter(results) == {"Refunded": 1, "order_state": 3}
    assert (the_only(Refund).amount, the_only(GiftCard).balance, the_only(Package).sold) == (30, 10, 0)
    assert (the_only(Customer).total_spent, the_only(PackageUse).quantity) == (0, 0)


def test_refunds_of_a_part_never_pass_the_total(store):
    buy(store, make_package(store, price=Decimal(10)))
    order = Order.objects.get()
    part = Decimal(4)
    results = at_once(
        5, lambda _: outcome(lambda: refunds.refund_order(order=order, store=store, reason="no", amount=part))
    )
    assert Counter(results) == {"Paid": 2, "max_value": 3}
    assert (the_only(Order).refunded_amount, the_only(Customer).total_spent) == (8, 2)


@pytest.mark.parametrize("_", range(3))
def test_a_refund_and_a_chargeback_undo_an_order_once(store, _):
    buy(store, make_package(store, price=Decimal(10)))
    order = the_only(Order)
    undo: list[Any] = [partial(refunds.refund_order, reason="no"), refunds.charge_back_order]
    results = at_once(2, lambda n: outcome(lambda: undo[n](order=order, store=store)))
    assert sorted(results) in (["Refunded", "order_state"], ["Chargeback", "order_state"])
    customer = the_only(Customer)
    assert (customer.total_spent, customer.orders_count, the_only(Package).sold) == (0, 0, 0)


def test_packages_in_opposite_order_do_not_stop_one_another(store):
    first, second = make_package(store, global_limit=500), make_package(store, global_limit=500)

    def buy_often(n):
        cart = (first, second) if n % 2 else (second, first)
        return [buy(store, *cart, player=f"Player{n}") for _ in range(10)]

    results = [result for row in at_once(8, buy_often) for result in row]
    assert Counter(results) == {"Paid": 80}
    assert set(Package.objects.values_list("sold", flat=True)) == {80}


def test_orders_refunds_and_changes_of_a_package_do_not_stop_one_another(store):
    package, card = make_package(store, global_limit=500), make_card(store, amount=Decimal(500))
    coupon = make_coupon(store)

    def work(n):
        results = []
        for round_ in range(8):
            if n == 0:
                packages.update_package(package=package, store=store, sort_order=round_)
                continue
            wanted = {"coupon_code": coupon.code, "gift_card_code": card.code}
            results.append(buy(store, package, player=f"Player{n}", **wanted))
            order = Order.objects.filter(customer__player_key=f"player{n}").latest("created_at")
            results.append(outcome(partial(refunds.refund_order, order=order, store=store, reason="no")))
        return results

    results = [result for row in at_once(6, work) for result in row]
    assert Counter(results) == {"Paid": 40, "Refunded": 40}
    assert (the_only(Package).sold, the_only(GiftCard).balance, the_only(Coupon).uses) == (0, 500, 40)


def test_who_waits_too_long_for_a_lock_is_told_so_and_nothing_is_written(store, monkeypatch):
    monkeypatch.setattr(locking, "WAIT_SECONDS", 0.2)
    package = make_package(store)
    client = store_client(store)
    with transaction.atomic():
        Package.objects.select_for_update().get(pk=package.pk)
        answer = at_once(1, lambda _: place(client, line(package)))[0]
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["message"] == "The store is busy. Nothing was changed; try again."
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)
    assert place(client, line(package)).status_code == 200


def test_a_fault_of_the_database_that_is_no_lock_is_not_called_one(store):
    with pytest.raises(OperationalError) as fault, locking.exclusive(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(2)")
    assert not isinstance(fault.value, StoreBusy)


def test_without_the_lock_of_the_customer_two_orders_pass_one_limit(store, monkeypatch):
    """The control: the same race as above, with the lock taken away, is lost, so the tests can see one."""
    package = make_package(store, per_user_limit=1)
    customer = Customer.objects.create(store=store, player_key="steve", player_username="Steve")
    both_have_looked = Barrier(2, timeout=30)
    check = stock.check_player

    def check_and_wait(*looked):
        check(*looked)
        both_have_looked.wait()

    monkeypatch.setattr(stock, "check_player", check_and_wait)
    monkeypatch.setattr(locking, "lock_customer", lambda *_: Customer.objects.get(pk=customer.pk))
    assert at_once(2, lambda _: buy(store, package)) == ["Paid", "Paid"]
    assert Order.objects.count() == 2


def test_without_the_lock_of_the_package_only_the_database_stands_before_overselling(store, monkeypatch):
    """The control for stock: both see one unit left, and the check constraint is what the second meets."""
    package = make_package(store, global_limit=1)
    both_have_looked = Barrier(2, timeout=30)

    def look(package_ids):
        rows = Package.objects.in_bulk(list(package_ids))
        both_have_looked.wait()
        return rows

    monkeypatch.setattr(locking, "lock_packages", look)

    def buy_or_break(n):
        try:
            return buy(store, package, player=f"Player{n}")
        except IntegrityError as fault:
            return "oversold" if "package_not_oversold" in str(fault) else str(fault)

    assert sorted(at_once(2, buy_or_break)) == ["Paid", "oversold"]
