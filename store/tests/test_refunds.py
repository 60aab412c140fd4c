"""Money that goes back: what a refund, a cancellation and a chargeback undo, and what they leave."""

from decimal import Decimal
from typing import Any

import pytest

from audit.models import AuditEvent
from store.errors import OrderIsNot
from store.models import Ban, Customer, GiftCard, GiftCardEntry, Order, PackageUse, Refund
from store.services import refunds
from store.tests.factories import make_card, make_coupon, make_package, make_store, store_client
from store.tests.orders import ORDERS, bought, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def client(store):
    return store_client(store)


def fresh(row) -> Any:
    """Return a row as the database has it."""
    return type(row).objects.get(pk=row.pk)


def the_only(model) -> Any:
    """Return the one row that there is."""
    return model.objects.get()


def refund(client, order, **body):
    return client.post(f"{ORDERS}/{order.pk}/refund", {"reason": "Changed their mind"} | body, format="json")


def cancel(client, order):
    return client.post(f"{ORDERS}/{order.pk}/cancel", {}, format="json")


def test_a_whole_refund_undoes_the_order_and_keeps_the_use_of_the_coupon(client, store):
    package, coupon = make_package(store, price=Decimal(20), global_limit=3), make_coupon(store)
    order = bought(client, line(package, quantity=2), couponCode=coupon.code)
    body = refund(client, order).json()["data"]
    assert (body["status"], body["totalAmount"], body["refundedAmount"]) == ("Refunded", 36.0, 36.0)
    assert (fresh(package).sold, fresh(coupon).uses, the_only(PackageUse).quantity) == (0, 1, 0)
    customer = the_only(Customer)
    assert (customer.total_spent, customer.orders_count) == (0, 0)
    given = the_only(Refund)
    assert (given.amount, given.to_card, given.reason) == (36, 0, "Changed their mind")
    assert AuditEvent.objects.filter(action="order.refunded", account_id=store.account_id).count() == 1


def test_refunds_go_to_the_gift_card_first_and_add_up_to_the_total(client, store):
    package, card = make_package(store, price=Decimal(25)), make_card(store, amount=Decimal(10))
    order = bought(client, line(package), giftCardCode=card.code)
    first = refund(client, order, amount=4).json()["data"]
    assert (first["status"], first["refundedAmount"]) == ("Paid", 4.0)
    assert the_only(GiftCard).balance == 4
    assert refund(client, order, amount=7.5).status_code == 200
    assert the_only(GiftCard).balance == 10
    assert (fresh(package).sold, the_only(Customer).total_spent) == (1, Decimal("13.5"))
    last = refund(client, order).json()["data"]
    assert (last["status"], last["refundedAmount"]) == ("Refunded", 25.0)
    to_card: Any = Refund.objects.order_by("created_at").values_list("amount", "to_card")
    assert list(to_card) == [(4, 4), (Decimal("7.5"), 6), (Decimal("13.5"), 0)]
    kinds: Any = GiftCardEntry.objects.order_by("created_at").values_list("kind", "amount", "balance_after")
    assert list(kinds) == [("issue", 10, 10), ("redeem", -10, 0), ("refund", 4, 4), ("refund", 6, 10)]
    assert fresh(package).sold == 0


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"amount": 10}, "amount: is more than the 9.99 that are left of this order"),
        ({"amount": 0}, "amount: "),
        ({"amount": 0.001}, "amount: must have at most 2 decimals in EUR"),
        ({"reason": ""}, "reason: "),
        ({"amounts": 1}, "amounts: unknown field"),
    ],
)
def test_a_refund_that_makes_no_sense_gives_nothing(client, store, body, error):
    order = bought(client, line(make_package(store)))
    response = refund(client, order, **body)
    assert response.status_code == 400
    assert response.json()["errors"][0].startswith(error)
    assert (Refund.objects.count(), the_only(Order).status) == (0, "Paid")


def test_an_order_is_refunded_once(client, store):
    order = bought(client, line(make_package(store)))
    assert refund(client, order).status_code == 200
    again = refund(client, order)
    assert (again.status_code, Refund.objects.count()) == (400, 1)
    assert again.json()["message"] == "Only a paid order can be refunded; this one is refunded."


def test_an_order_that_cost_nothing_can_be_undone(client, store):
    package = make_package(store, price=Decimal(0), per_user_limit=1)
    order = bought(client, line(package))
    assert refund(client, order).json()["data"]["status"] == "Refunded"
    assert (the_only(PackageUse).quantity, Refund.objects.count()) == (0, 0)
    assert bought(client, line(package)).status == "Paid"


def test_what_took_no_stock_gives_none_back(client, store):
    package = make_package(store, global_limit=1)
    bought(client, line(package))
    gift = bought(client, line(package), ignoreLimits=True)
    assert refund(client, gift).status_code == 200
    assert fresh(package).sold == 1


def test_a_paid_order_cannot_be_cancelled(client, store):
    order = bought(client, line(make_package(store)))
    response = cancel(client, order)
    assert (response.status_code, the_only(Order).status) == (400, "Paid")
    assert response.json()["message"] == "Only a pending order can be cancelled; a paid one can be refunded."


def test_a_cancelled_order_leaves_stock_coupon_and_card_as_they_were(client, store):
    package = make_package(store, price=Decimal(20), global_limit=1)
    coupon, card = make_coupon(store, max_uses=1, max_uses_per_user=1), make_card(store, amount=Decimal(5))
    wanted = {"couponCode": coupon.code, "giftCardCode": card.code}
    order = bought(client, line(package), **wanted)
    Order.objects.update(status="Pending")
    assert cancel(client, order).json()["data"]["status"] == "Cancelled"
    assert (fresh(package).sold, fresh(coupon).uses, fresh(card).balance) == (0, 0, 5)
    assert bought(client, line(package), **wanted).status == "Paid"


@pytest.mark.parametrize("bans", [True, False])
def test_a_chargeback_freezes_what_was_bought_and_bans_if_the_store_says_so(client, store, bans):
    store.bans_on_chargeback = bans
    store.save()
    package, card = make_package(store, price=Decimal(20), global_limit=5), make_card(store, amount=Decimal(5))
    order = bought(client, line(package), giftCardCode=card.code)
    sold = make_card(store, bought_with=order)
    refund(client, order, amount=8)
    done: Any = refunds.charge_back_order(order=order, store=store)
    customer = the_only(Customer)
    assert (done.status, fresh(package).sold, customer.total_spent, customer.orders_count) == (
        "Chargeback",
        0,
        0,
        0,
    )
    assert fresh(sold).frozen_at is not None
    # The part that a refund brought back stays on the order's own card, the rest is for the staff to decide.
    assert (fresh(card).balance, fresh(card).frozen_at) == (5, None)
    assert list(Ban.objects.values_list("player_key", flat=True)) == (["steve"] if bans else [])
    with pytest.raises(OrderIsNot):
        refunds.charge_back_order(order=order, store=store)
    assert refund(client, order).status_code == 400


def test_another_stores_order_is_not_found(client):
    other = make_store()
    order = bought(store_client(other), line(make_package(other)))
    answers = [client.get(f"{ORDERS}/{order.pk}"), refund(client, order), cancel(client, order)]
    assert {answer.status_code for answer in answers} == {404}


def test_refunds_need_the_permission_to_edit_orders(store):
    order = bought(store_client(store), line(make_package(store)))
    reader = store_client(store, scopes={"Orders": ["View"]})
    assert [refund(reader, order).status_code, cancel(reader, order).status_code] == [403, 403]
    assert reader.get(f"{ORDERS}/{order.pk}").status_code == 200
