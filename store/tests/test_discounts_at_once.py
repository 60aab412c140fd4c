"""Uses of coupons and balances of cards stay exact when many callers come at once, on real connections."""

from decimal import Decimal

import pytest

from api.errors import PlatformError
from store.errors import CouponIsUsed
from store.models import Coupon, CouponUse, GiftCard, GiftCardEntry
from store.services import cards
from store.services.coupons import delete_coupon, take
from store.tests.factories import make_bare_order, make_card, make_coupon, make_store
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.fixture
def store():
    return make_store()


def outcome(call):
    """Return whether the call was granted."""
    try:
        call()
    except PlatformError:
        return False
    return True


def test_fifty_players_take_a_coupon_exactly_as_often_as_it_allows(store):
    coupon = make_coupon(store, max_uses=20)
    granted = at_once(50, lambda n: outcome(lambda: take(coupon, f"player{n}")))
    assert sum(granted) == 20
    assert Coupon.objects.get().uses == 20
    assert CouponUse.objects.filter(uses=1).count() == 20


def test_one_player_takes_a_coupon_exactly_as_often_as_it_allows_one(store):
    coupon = make_coupon(store, max_uses_per_user=3)
    granted = at_once(20, lambda _: outcome(lambda: take(coupon, "alex")))
    assert sum(granted) == 3
    assert Coupon.objects.get().uses == CouponUse.objects.get().uses == 3


def test_a_card_pays_no_more_than_it_holds(store):
    card, order = make_card(store), make_bare_order(store)
    granted = at_once(20, lambda _: outcome(lambda: cards.redeem(card, Decimal(3), order)))
    assert sum(granted) == 6
    assert GiftCard.objects.get().balance == Decimal(2)
    balances = GiftCardEntry.objects.order_by("-balance_after").values_list("balance_after", flat=True)
    assert [int(balance) for balance in balances] == [20, 17, 14, 11, 8, 5, 2]


def test_payments_refunds_adjustments_and_a_voiding_at_once_leave_a_ledger_that_adds_up(store):
    card, order = make_card(store, amount=Decimal(100)), make_bare_order(store)
    calls = [
        lambda: cards.redeem(card, Decimal(3), order),
        lambda: cards.give_back(card, Decimal(1), order),
        lambda: cards.adjust_card(card=card, store=store, amount=Decimal(-2), note="n"),
        lambda: cards.update_card(card=card, store=store, message="hello"),
    ]
    at_once(24, lambda n: outcome(calls[n % 4]))
    at_once(2, lambda n: outcome([lambda: cards.void_card(card=card, store=store, note="n"), calls[1]][n]))
    amounts = GiftCardEntry.objects.values_list("amount", flat=True)
    assert GiftCard.objects.get().balance == sum(amounts)
    assert GiftCardEntry.objects.filter(kind="void").count() == 1


@pytest.mark.parametrize("_", range(5))
def test_a_coupon_that_is_deleted_while_it_is_taken_is_either_gone_or_kept_and_off(store, _):
    coupon = make_coupon(store)

    def delete():
        try:
            delete_coupon(coupon=coupon, store=store)
        except CouponIsUsed:
            return "kept"
        return "gone"

    deleted, taken = at_once(2, lambda n: [delete, lambda: outcome(lambda: take(coupon, "alex"))][n]())
    left = Coupon.objects.first()
    if left is None:
        assert (deleted, taken) == ("gone", False)
    else:
        assert deleted == "kept"
        assert (left.is_active, left.uses, taken) == (False, 1, True)
