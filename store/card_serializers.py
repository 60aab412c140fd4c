"""The JSON of gift cards and their ledger."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import ClassVar

from rest_framework import serializers

from api.fields import StrictCharField, StrictDateTimeField
from api.serializers import StrictSerializer
from store import money
from store.changes import ChangesSerializer
from store.fields import MoneyField, MoneyOutputField, PositiveMoneyField
from store.masking import EmailField, MaskedEmailField
from store.models import CardStatus, EntryKind, GiftCard, GiftCardEntry
from store.reaches import ONE, IdsField, ReachInput, ScopeField

MAX_MESSAGE, MAX_NOTE = 1000, 500


class GiftCardChangesInput(ChangesSerializer):
    """What a client may change of a gift card. In a PATCH, absent leaves as it is and null clears."""

    fixed: ClassVar[tuple[str, ...]] = ("amount", "applicationScope", "categoryIds", "packageIds")

    recipientName = StrictCharField(
        source="recipient_name", max_length=120, one_line=True, required=False, allow_null=True
    )
    recipientEmail = EmailField(
        source="recipient_email", required=False, allow_null=True, help_text="Answers show it masked."
    )
    message = StrictCharField(max_length=MAX_MESSAGE, required=False, allow_null=True)
    expiresAt = StrictDateTimeField(
        source="expires_at", required=False, allow_null=True, help_text="Null is never."
    )


class GiftCardInput(ReachInput, GiftCardChangesInput):
    """What makes a gift card. The server makes its code."""

    fixed = ()

    amount = PositiveMoneyField()
    applicationScope = ScopeField(words=ONE)


class AdjustInput(StrictSerializer):
    """A change of a balance."""

    amount = MoneyField(min_value=-money.MAX_AMOUNT, help_text="Added to the balance; negative takes from it.")
    note = StrictCharField(max_length=MAX_NOTE, one_line=True)


class VoidInput(StrictSerializer):
    """Why a card is voided."""

    note = StrictCharField(max_length=MAX_NOTE, one_line=True)


class GiftCardOutput(serializers.Serializer[GiftCard]):
    """A gift card as clients read it, without its code."""

    id = serializers.UUIDField()
    amount = MoneyOutputField()
    balance = MoneyOutputField()
    applicationScope = ScopeField(words=ONE)
    categoryIds = IdsField(source="categories")
    packageIds = IdsField(source="packages")
    recipientName = serializers.CharField(source="recipient_name", allow_null=True)
    recipientEmail = MaskedEmailField(source="recipient_email", allow_null=True)
    message = serializers.CharField(allow_null=True)
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    status = serializers.ChoiceField(choices=CardStatus.choices)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")


class IssuedGiftCardOutput(GiftCardOutput):
    """A gift card at the one time when its code can be read."""

    code = serializers.CharField(
        allow_null=True, help_text="What a player types. It is shown once; a repeat of the request has null."
    )


class GiftCardTransactionOutput(serializers.Serializer[GiftCardEntry]):
    """A line of a gift card's ledger."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(source="kind", choices=EntryKind.choices)
    amount = MoneyOutputField(help_text="Negative when the balance went down.")
    balanceAfter = MoneyOutputField(source="balance_after")
    orderId = serializers.UUIDField(source="order_id", allow_null=True)
    note = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")

    def get_note(self, entry: GiftCardEntry) -> str | None:
        """Return the note, None without one."""
        return entry.note or None
