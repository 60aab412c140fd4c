"""Gift cards and the ledger of what happened to them."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from store.models.reaches import Reaching
from store.models.stores import Store
from store.querysets import GiftCardQuerySet


class CardStatus(models.TextChoices):
    """Where a gift card stands; computed, so that no task has to run when a card expires."""

    ACTIVE = "active", "Active"
    REDEEMED = "redeemed", "Redeemed"
    EXPIRED = "expired", "Expired"
    FROZEN = "frozen", "Frozen"
    VOIDED = "voided", "Voided"


class GiftCard(Reaching):
    """Money on a code. code_digest: a keyed hash; the code itself is nowhere. last4: the end of the code.

    balance: what is left; never negative. voided_at: worth nothing any more. frozen_at: the order that bought it
    was charged back; it pays nothing until staff decide.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="gift_cards")
    code_digest = models.CharField(max_length=64, unique=True, editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    balance = models.DecimalField(max_digits=12, decimal_places=3, editable=False)
    recipient_name = models.CharField(max_length=120, null=True, blank=True)
    recipient_email = models.CharField(max_length=254, null=True, blank=True)
    message = models.TextField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    bought_with = models.ForeignKey(
        "store.Order",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="bought_cards",
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[GiftCardQuerySet] = GiftCardQuerySet.as_manager()  # type: ignore[assignment]

    # Set on the instance that the service has just issued, and on no other; it is in no column.
    code: str | None = None

    class Meta:
        verbose_name = "gift card"
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="gift_cards_of_store"),
            models.Index(fields=["store", "-updated_at", "-id"], name="gift_cards_by_change"),
            models.Index(fields=["store", "-amount", "-id"], name="gift_cards_by_amount"),
            models.Index(fields=["store", "-balance", "-id"], name="gift_cards_by_balance"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="gift_card_amount_positive"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="gift_card_not_overdrawn"),
        ]

    def __str__(self) -> str:
        return f"•••• {self.last4}"

    def status_at(self, moment: datetime) -> "CardStatus":
        """Return where the card stands at a moment; `GiftCardQuerySet.in_status` is the same rule."""
        if self.voided_at is not None:
            return CardStatus.VOIDED
        if self.frozen_at is not None:
            return CardStatus.FROZEN
        if self.expires_at is not None and self.expires_at <= moment:
            return CardStatus.EXPIRED
        return CardStatus.ACTIVE if self.balance else CardStatus.REDEEMED

    @property
    def status(self) -> "CardStatus":
        """Return where the card stands now."""
        return self.status_at(now())


class EntryKind(models.TextChoices):
    """What moved the balance."""

    ISSUE = "issue", "Issued"
    REDEEM = "redeem", "Redeemed"
    REFUND = "refund", "Refunded"
    ADJUST = "adjust", "Adjusted"
    VOID = "void", "Voided"


class GiftCardEntryQuerySet(AppendOnlyQuerySet["GiftCardEntry"]):
    """Reads of the ledger."""


class GiftCardEntry(AppendOnlyModel):
    """One line of a card's ledger. amount: signed; balance_after: the balance that it left."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A card goes only while nothing was paid with it; its lines go along.
    card = models.ForeignKey(GiftCard, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=6, choices=EntryKind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    balance_after = models.DecimalField(max_digits=12, decimal_places=3)
    order = models.ForeignKey("store.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[GiftCardEntryQuerySet] = GiftCardEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "gift card entries"
        indexes = [models.Index(fields=["card", "-created_at", "-id"], name="entries_of_card")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
