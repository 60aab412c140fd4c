"""What starts in the middle of another transaction, on PostgreSQL: it waits, and goes by the outcome.

Each of these goes wrong every time, not only now and then, when the lock that it is about is taken away.
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from api.errors import PlatformError
from store.models import Customer, GiftCard, Order, Package, Subscription
from store.services import cards, orders, packages, refunds, renewals
from store.services.carts import Wish
from store.tests.factories import make_card, make_package, make_store
from tests.threads import overtaking

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def store():
    return make_store()


def buying(store, package, **fields):
    return partial(
        orders.create_order, store=store, player_username="Steve", items=[Wish(package.pk, 1)], **fields
    )


def outcome(act):
    """Return what the act returns, or the code of its refusal."""
    try:
        return act()
    except PlatformError as refused:
        return refused.errors[0].code if refused.errors else refused.code


def make_due(store) -> Subscription:
    """Return a subscription of Steve's whose period is over."""
    buying(store, make_package(store, type="subscription", price=Decimal(10)))()
    Subscription.objects.update(current_period_end=timezone.now() - timedelta(hours=1))
    return Subscription.objects.get()


def moving_on(row):
    return partial(renewals.move_on, subscription=row, now=timezone.now())


def test_a_refund_during_an_order_of_the_same_player_does_not_undo_its_sums(store):
    package = make_package(store, price=Decimal(10))
    order = buying(store, package)()
    refund = partial(refunds.refund_order, order=order, store=store, amount=Decimal(4), reason="no")
    overtaking(buying(store, package), refund)
    customer = Customer.objects.get()
    assert (customer.total_spent, customer.orders_count) == (Decimal(16), 2)


def test_two_adjustments_take_no_more_than_a_card_holds(store):
    card = make_card(store, amount=Decimal(20))
    adjust = partial(cards.adjust_card, card=card, store=store, amount=Decimal(-15), note="n")
    assert overtaking(adjust, lambda: outcome(adjust)) == "overdrawn"
    assert GiftCard.objects.get().balance == 5


def test_a_card_that_is_voided_during_an_adjustment_loses_what_it_holds_by_then(store):
    card = make_card(store, amount=Decimal(20))
    adjust = partial(cards.adjust_card, card=card, store=store, amount=Decimal(-15), note="n")
    overtaking(adjust, partial(cards.void_card, card=card, store=store, note="n"))
    assert GiftCard.objects.get().balance == 0


def test_of_two_renewals_one_pays(store):
    row = make_due(store)
    assert overtaking(moving_on(row), moving_on(row)) is False
    assert (Order.objects.count(), Subscription.objects.get().periods) == (2, 2)


def test_what_is_refunded_while_it_is_due_is_not_renewed(store):
    row = make_due(store)
    refund = partial(refunds.refund_order, order=Order.objects.get(), store=store, reason="no")
    assert overtaking(refund, moving_on(row)) is False
    assert (Order.objects.count(), Subscription.objects.get().status) == (1, "cancelled")


def test_an_order_of_a_package_that_is_repriced_meanwhile_is_asked_to_come_again(store):
    package = make_package(store, price=Decimal(10))
    reprice = partial(packages.update_package, package=package, store=store, price=Decimal(20))
    assert overtaking(reprice, lambda: outcome(buying(store, package))) == "changed"
    assert not Order.objects.exists()


def test_the_last_unit_is_out_of_stock_while_it_is_being_sold(store):
    package = make_package(store, global_limit=1)
    other = partial(buying(store, package), player_username="Alex")
    assert overtaking(buying(store, package), lambda: outcome(other)) == "out_of_stock"
    assert Package.objects.get().sold == 1


def test_a_limit_is_not_set_below_what_is_being_sold(store):
    package = make_package(store)
    limit = partial(packages.update_package, package=package, store=store, global_limit=1)
    buy_two = partial(orders.create_order, store=store, player_username="Steve", items=[Wish(package.pk, 2)])
    assert overtaking(buy_two, lambda: outcome(limit)) == "below_sold"
    assert Package.objects.get().global_limit is None
