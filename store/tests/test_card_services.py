"""What orders do with gift cards and coupons: find, pay, give back, freeze, count."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from api.errors import NotFound
from audit.errors import AppendOnly
from audit.models import AuditEvent
from store.errors import CouponNotRedeemable, GiftCardNotRedeemable
from store.models import Coupon, CouponUse, EntryKind, GiftCard, GiftCardEntry
from store.services import bans, cards, coupons, sales
from store.services.coupons import take, update_coupon
from store.tests.factories import make_ban, make_bare_order, make_card, make_coupon, make_sale, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def lines(card):
    found = GiftCardEntry.objects.filter(card=card).order_by("created_at")
    return [(line.kind, line.amount, line.balance_after) for line in found]


def test_a_card_pays_and_takes_back_and_its_ledger_adds_up(store):
    card, order = make_card(store), make_bare_order(store)
    cards.redeem(card, Decimal("12.50"), order)
    cards.give_back(card, Decimal("2.50"), order)
    cards.redeem(card, Decimal(0), order)
    cards.give_back(card, Decimal(0), order)
    card.refresh_from_db()
    assert card.balance == Decimal("10.00")
    assert lines(card) == [
        (EntryKind.ISSUE, Decimal(20), Decimal(20)),
        (EntryKind.REDEEM, Decimal("-12.50"), Decimal("7.50")),
        (EntryKind.REFUND, Decimal("2.50"), Decimal(10)),
    ]
    assert sum(line.amount for line in card.entries.all()) == card.balance


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({}, "has not enough left"),
        ({"frozen_at": timezone.now()}, "is frozen, because its purchase was charged back"),
        ({"voided_at": timezone.now()}, "is voided"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "has expired"),
    ],
)
def test_a_card_that_cannot_pay_says_why_and_nothing_moves(store, columns, sentence):
    card, order = make_card(store), make_bare_order(store)
    GiftCard.objects.filter(pk=card.pk).update(**columns)
    amount = Decimal(5) if columns else Decimal("20.01")
    with pytest.raises(GiftCardNotRedeemable, match=sentence), transaction.atomic():
        cards.redeem(card, amount, order)
    card.refresh_from_db()
    assert card.balance == Decimal(20)
    assert len(lines(card)) == 1


def test_a_card_that_was_deleted_meanwhile_pays_nothing(store):
    card = make_card(store)
    cards.delete_card(card=GiftCard.objects.get(), store=store)
    with pytest.raises(GiftCardNotRedeemable), transaction.atomic():
        cards.redeem(card, Decimal(5), make_bare_order(store))


def test_cards_of_a_charged_back_order_are_frozen_once_and_may_be_let_go(store):
    first, second = make_card(store, bought_with=make_bare_order(store)), make_card(store)
    assert cards.freeze([second, first]) == 2
    assert cards.freeze(GiftCard.objects.of_store(store)) == 0
    assert AuditEvent.objects.filter(action="gift_card.frozen", account_id=store.account_id).count() == 2
    assert not GiftCard.objects.redeemable(timezone.now()).exists()
    for _ in range(2):
        cards.unfreeze_card(card=first, store=store)
    cards.redeem(first, Decimal(5), make_bare_order(store))
    assert AuditEvent.objects.filter(action="gift_card.unfrozen").count() == 1


def test_a_code_is_kept_as_a_keyed_hash_and_found_under_each_key(store, settings):
    card = make_card(store)
    code, old = card.code or "", settings.GIFT_CODE_KEYS
    assert card.last4 == code[-4:]
    assert len(card.code_digest) == 64
    settings.GIFT_CODE_KEYS = ["n" * 40, *old]
    assert cards.find_card(store, code) == card
    assert cards.find_card(store, make_card(store).code or "") is not None
    settings.GIFT_CODE_KEYS = ["n" * 40]
    assert cards.find_card(store, code) is None


def test_a_card_is_found_in_its_store_only(store):
    foreign = make_card(make_store())
    assert cards.find_card(store, foreign.code or "") is None
    assert cards.find_card(store, "not a code") is None
    assert GiftCard.objects.get().code is None


@pytest.mark.parametrize(
    ("make", "calls"),
    [
        (make_coupon, [partial(coupons.update_coupon, max_uses=1), coupons.delete_coupon]),
        (make_sale, [partial(sales.update_sale, name="New"), sales.delete_sale]),
        (make_ban, [partial(bans.update_ban, reason="New"), bans.delete_ban]),
        (make_card, [partial(cards.update_card, message="New"), cards.delete_card, cards.unfreeze_card]),
    ],
)
def test_a_row_that_was_deleted_meanwhile_is_not_found(store, make, calls):
    row = make(store)
    type(row).objects.filter(pk=row.pk).delete()
    for call in calls:
        with pytest.raises(NotFound):
            call(**{"card" if make is make_card else row._meta.model_name: row}, store=store)


def test_only_a_code_that_is_taken_is_called_so(store):
    with pytest.raises(IntegrityError):
        make_coupon(store, discount_value=Decimal(0))


def test_the_ledger_is_never_changed(store):
    line = make_card(store).entries.get()
    line.amount = Decimal(1000)
    for change in (line.save, line.delete, GiftCardEntry.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()


@pytest.mark.services
def test_postgresql_refuses_changes_of_the_ledger_by_raw_sql_too(store):
    make_card(store)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE store_giftcardentry SET amount = 1000")


def test_a_coupon_counts_its_uses_for_all_and_for_each_player(store):
    coupon = make_coupon(store, max_uses=3, max_uses_per_user=2)
    for player in ("alex", "alex", "steve"):
        take(coupon, player)
    coupon.refresh_from_db()
    assert coupon.uses == 3
    assert dict(CouponUse.objects.values_list("player_key", "uses")) == {"alex": 2, "steve": 1}
    with pytest.raises(CouponNotRedeemable, match="used up"), transaction.atomic():
        take(coupon, "herobrine")


def test_a_player_who_is_refused_costs_the_coupon_nothing(store):
    coupon = make_coupon(store, max_uses=3, max_uses_per_user=1)
    take(coupon, "alex")
    with pytest.raises(CouponNotRedeemable, match="as often as it allows"), transaction.atomic():
        take(coupon, "alex")
    coupon.refresh_from_db()
    assert (coupon.uses, CouponUse.objects.get().uses) == (1, 1)


def test_uses_before_a_limit_was_set_count_towards_it(store):
    coupon = make_coupon(store)
    take(coupon, "alex")
    update_coupon(coupon=coupon, store=store, max_uses_per_user=1)
    with pytest.raises(CouponNotRedeemable, match="as often as it allows"), transaction.atomic():
        take(coupon, "alex")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"is_active": False}, "not active"),
        ({"valid_from": timezone.now() + timedelta(days=1)}, "not valid yet"),
        ({"valid_until": timezone.now() - timedelta(days=1)}, "has expired"),
    ],
)
def test_a_coupon_that_cannot_be_taken_says_why(store, columns, sentence):
    coupon = make_coupon(store)
    Coupon.objects.filter(pk=coupon.pk).update(**columns)
    with pytest.raises(CouponNotRedeemable, match=sentence), transaction.atomic():
        take(coupon, "alex")
    coupon.refresh_from_db()
    assert coupon.uses == 0
