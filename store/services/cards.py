"""Every write to gift cards. Each move of a balance is a conditional UPDATE with its line in the ledger."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Subquery
from django.utils import timezone

from accounts.models import User
from api.errors import NotFound
from apikeys.models import ApiKey
from audit.services import record
from store import gift_codes, money
from store.errors import GiftCardIsUsed, GiftCardIsVoid, GiftCardNotRedeemable, field_fault
from store.models import CardStatus, Category, EntryKind, GiftCard, GiftCardEntry, Order, Package, Store
from store.pricing import Scope
from store.services.card_codes import digests_of, new_digest
from store.services.periods import check_future
from store.services.reaches import REACH, apply_reach, put_sets


class GiftCardChanges(TypedDict, total=False):
    """What of a gift card may change. expires_at: None is never."""

    recipient_name: str | None
    recipient_email: str | None
    message: str | None
    expires_at: datetime | None


class GiftCardFields(GiftCardChanges, total=False):
    """What a gift card may be given. amount: above 0."""

    amount: Decimal
    reach_scope: Scope
    categories: list[Category] | None
    packages: list[Package] | None


@transaction.atomic
def issue_card(
    *,
    store: Store,
    bought_with: Order | None = None,
    key: ApiKey | None = None,
    user: User | None = None,
    **fields: Unpack[GiftCardFields],
) -> GiftCard:
    """Issue a gift card under a fresh code; amount and reach_scope are needed.

    The returned instance has the code in `code`, the only time that anybody has it. bought_with: the order that it
    was sold in. Raises InvalidFields (400).
    """
    check_future("expiresAt", fields.get("expires_at"))
    code = gift_codes.new_code()
    amount = fields["amount"]
    card = GiftCard(
        store=store,
        code_digest=new_digest(code),
        last4=code[-4:],
        balance=amount,
        bought_with=bought_with,
        **{name: value for name, value in fields.items() if name not in REACH},
    )
    sets = apply_reach(card, store, fields)
    card.save(force_insert=True)
    put_sets(card, sets)
    GiftCardEntry.objects.create(card=card, kind=EntryKind.ISSUE, amount=amount, balance_after=amount)
    _record("gift_card.issued", card, store, key=key, user=user, data={"amount": str(amount)})
    card.code = gift_codes.written(code)
    return card


@transaction.atomic
def update_card(
    *,
    card: GiftCard,
    store: Store,
    key: ApiKey | None = None,
    user: User | None = None,
    **fields: Unpack[GiftCardChanges],
) -> GiftCard:
    """Change the given fields of a gift card and no other; its balance moves by `adjust_card` only.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) for an expiry that has passed.
    """
    locked = _lock(card, store)
    if not fields:
        return locked
    check_future("expiresAt", fields.get("expires_at"))
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.updated_at = timezone.now()
    locked.save(force_update=True, update_fields=[*fields, "updated_at"])
    _record("gift_card.updated", locked, store, key=key, user=user, data={"fields": sorted(fields)})
    return locked


@transaction.atomic
def adjust_card(
    *,
    card: GiftCard,
    store: Store,
    amount: Decimal,
    note: str,
    key: ApiKey | None = None,
    user: User | None = None,
) -> GiftCard:
    """Add to the balance, or take from it with a negative amount.

    Raises GiftCardIsVoid (400), InvalidFields (400) for 0, for more than is left and for more than a card holds.
    """
    locked = _lock(card, store)
    if locked.voided_at is not None:
        raise GiftCardIsVoid
    if not amount:
        raise field_fault("amount", "zero", "must not be 0")
    balance = money.written(locked.balance, money.quantum(store.currency))
    if balance + amount < 0:
        raise field_fault("amount", "overdrawn", f"takes more than the balance of {balance}")
    if balance + amount > money.MAX_AMOUNT:
        raise field_fault("amount", "max_value", f"makes the balance more than {money.MAX_AMOUNT}")
    _move(locked, amount, EntryKind.ADJUST, note=note)
    _record("gift_card.adjusted", locked, store, key=key, user=user, data={"amount": str(amount)})
    return locked


@transaction.atomic
def void_card(
    *, card: GiftCard, store: Store, note: str, key: ApiKey | None = None, user: User | None = None
) -> GiftCard:
    """Make a gift card worth nothing, for good; what was left goes from its balance.

    Raises GiftCardIsVoid (400) when it was voided already.
    """
    locked = _lock(card, store)
    if locked.voided_at is not None:
        raise GiftCardIsVoid
    lost = locked.balance
    GiftCard.objects.filter(pk=locked.pk).update(voided_at=timezone.now())
    _move(locked, -lost, EntryKind.VOID, note=note)
    _record("gift_card.voided", locked, store, key=key, user=user, data={"amount": str(-lost)})
    return locked


@transaction.atomic
def delete_card(*, card: GiftCard, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Delete a gift card that has paid for nothing, with its ledger.

    Raises GiftCardIsUsed (400) when it has paid, NotFound (404) when it was deleted already.
    """
    locked = _lock(card, store)
    if locked.entries.exclude(order=None).exists() or locked.orders.exists():
        raise GiftCardIsUsed
    _record("gift_card.deleted", locked, store, key=key, user=user, data={"balance": str(locked.balance)})
    locked.delete()


def find_card(store: Store, code: str, *, locks: bool = False) -> GiftCard | None:
    """Return the store's card with the code, however it was typed; None without one.

    locks: hold its row until the transaction ends, so that its balance stays what it is.
    """
    rows = GiftCard.objects.of_store(store).filter(code_digest__in=digests_of(code))
    return next(iter(rows.select_for_update(no_key=True) if locks else rows), None)


def check(card: GiftCard, now: datetime) -> None:
    """Refuse a card that can pay nothing at a moment. Raises GiftCardNotRedeemable (400)."""
    if card.status_at(now) != CardStatus.ACTIVE:
        raise _reason(card, now)


@transaction.atomic(savepoint=False)
def redeem(card: GiftCard, amount: Decimal, order: Order) -> None:
    """Pay a part of an order with a card: whole or not at all, exact under any number of callers at once.

    Nothing is written for 0. Raises GiftCardNotRedeemable (400) for more than its balance and for a card that is
    voided, expired or frozen.
    """
    if not amount:
        return
    now = timezone.now()
    row = GiftCard.objects.filter(pk=card.pk)
    if not row.redeemable(now).filter(balance__gte=amount).update(balance=F("balance") - amount, updated_at=now):
        raise _reason(row.first(), now)
    _write_line(card, -amount, EntryKind.REDEEM, order=order)


@transaction.atomic(savepoint=False)
def give_back(card: GiftCard, amount: Decimal, order: Order) -> None:
    """Put money of a refunded order back on its card. Nothing is written for 0.

    A card that was voided, expired or frozen meanwhile takes it too and stays what it is: staff decide.
    """
    if amount:
        _move(card, amount, EntryKind.REFUND, order=order)


@transaction.atomic(savepoint=False)
def freeze(cards: Iterable[GiftCard]) -> int:
    """Stop cards from paying, because the order that bought them was charged back; return how many it stopped."""
    now = timezone.now()
    frozen = 0
    for card in sorted(cards, key=lambda card: card.pk):
        if GiftCard.objects.filter(pk=card.pk, frozen_at=None).update(frozen_at=now, updated_at=now):
            record("gift_card.frozen", target=card, account_id=card.store.account_id)
            frozen += 1
    return frozen


@transaction.atomic
def freeze_card(*, card: GiftCard, store: Store, key: ApiKey | None = None, user: User | None = None) -> GiftCard:
    """Stop one card from paying; one that is frozen stays as it is.

    Raises GiftCardIsVoid (400), NotFound (404) when it was deleted meanwhile.
    """
    locked = _lock(card, store)
    if locked.voided_at is not None:
        raise GiftCardIsVoid
    if locked.frozen_at is None:
        locked.frozen_at = locked.updated_at = timezone.now()
        locked.save(force_update=True, update_fields=["frozen_at", "updated_at"])
        _record("gift_card.frozen", locked, store, key=key, user=user)
    return locked


@transaction.atomic
def unfreeze_card(
    *, card: GiftCard, store: Store, key: ApiKey | None = None, user: User | None = None
) -> GiftCard:
    """Let a frozen card pay again; one that is not frozen stays as it is.

    Raises NotFound (404) when it was deleted meanwhile.
    """
    locked = _lock(card, store)
    if locked.frozen_at is not None:
        locked.frozen_at, locked.updated_at = None, timezone.now()
        locked.save(force_update=True, update_fields=["frozen_at", "updated_at"])
        _record("gift_card.unfrozen", locked, store, key=key, user=user)
    return locked


def _lock(card: GiftCard, store: Store) -> GiftCard:
    locked = GiftCard.objects.of_store(store).select_for_update(no_key=True).filter(pk=card.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _move(card: GiftCard, amount: Decimal, kind: EntryKind, *, order: Order | None = None, note: str = "") -> None:
    """Change the balance of a card by a signed amount, and write it down."""
    now = timezone.now()
    GiftCard.objects.filter(pk=card.pk).update(balance=F("balance") + amount, updated_at=now)
    _write_line(card, amount, kind, order=order, note=note)


def _write_line(
    card: GiftCard, amount: Decimal, kind: EntryKind, *, order: Order | None = None, note: str = ""
) -> None:
    """Write a line of the ledger; the UPDATE before it holds the row, so the balance is the one that it left."""
    balance = Subquery(GiftCard.objects.filter(pk=card.pk).values("balance"))
    GiftCardEntry.objects.create(
        card=card, kind=kind, amount=amount, balance_after=balance, order=order, note=note
    )


def _reason(card: GiftCard | None, now: datetime) -> GiftCardNotRedeemable:
    """Return the refusal in the sentence that fits what the card is now."""
    status = CardStatus.VOIDED if card is None else card.status_at(now)
    if status == CardStatus.VOIDED:
        return GiftCardNotRedeemable("This gift card is voided.")
    if status == CardStatus.FROZEN:
        return GiftCardNotRedeemable("This gift card is frozen, because its purchase was charged back.")
    if status == CardStatus.EXPIRED:
        return GiftCardNotRedeemable("This gift card has expired.")
    return GiftCardNotRedeemable("This gift card has not enough left.")


def _record(
    action: str,
    card: GiftCard,
    store: Store,
    *,
    key: ApiKey | None,
    user: User | None,
    data: dict[str, Any] | None = None,
) -> None:
    record(action, target=card, account_id=store.account_id, user=user, key=key, data=data)
