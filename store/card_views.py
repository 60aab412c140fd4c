"""Gift cards over HTTP. A code is in the answer to the request that made its card, and in no other."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.response import Response

from api.errors import NotFound
from api.serializers import StrictSerializer
from store.card_serializers import (
    AdjustInput,
    GiftCardChangesInput,
    GiftCardInput,
    GiftCardOutput,
    GiftCardTransactionOutput,
    IssuedGiftCardOutput,
    VoidInput,
)
from store.listing import BY_IDS, CREATED, UPDATED, Listing, one_of
from store.models import CardStatus, EntryKind, GiftCard, GiftCardEntry, Store
from store.querysets import GiftCardQuerySet
from store.resources import Acted, Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.searching import Search
from store.services import cards


def _in_status(rows: GiftCardQuerySet, status: str) -> GiftCardQuerySet:
    return rows.in_status(status, timezone.now())


GIFT_CARDS = Listing(
    output=GiftCardOutput,
    sorts={"createdAt": "created_at", "updatedAt": "updated_at", "amount": "amount", "balance": "balance"},
    default_sort="createdAt",
    # Not the e-mail address: it is masked, and a search would tell it letter by letter.
    search=Search(("recipient_name", "message")),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "status": (one_of(tuple(CardStatus.values), None, "Where the card stands."), _in_status),
    },
)
TRANSACTIONS = Listing(
    output=GiftCardTransactionOutput,
    sorts={"createdAt": "created_at"},
    default_sort="createdAt",
    filters={**CREATED, **BY_IDS, "type": (one_of(tuple(EntryKind.values), None, "What moved it."), "kind")},
)


class GiftCardView(ResourceView):
    """What the views of gift cards share."""

    area = "GiftCards"
    noun, plural = "gift card", "gift cards"
    listing, output = GIFT_CARDS, GiftCardOutput
    input: ClassVar[type[StrictSerializer]] = GiftCardInput

    def rows(self, store: Store) -> QuerySet[GiftCard]:
        """Return the store's gift cards."""
        return GiftCard.objects.of_store(store).with_reach()


@documented
class GiftCardListView(Listed, Created, GiftCardView):
    """`/api/v1/gift-cards`."""

    created = IssuedGiftCardOutput
    secret_fields = ("code",)

    def create(self, fields: dict[str, Any]) -> GiftCard:
        """Issue a gift card; the row has its code."""
        return cards.issue_card(store=self.store, key=self.key, **fields)

    def shown_new(self, row: GiftCard) -> Response:
        """Return the answer with the code, which nobody may keep on its way."""
        found = self.find(row.pk)
        found.code = row.code
        response = self.answer(IssuedGiftCardOutput(found, context=self.context).data)
        response.headers["Cache-Control"] = "no-store"
        return response


@documented
class GiftCardDetailView(Read, Updated, Deleted, GiftCardView):
    """`/api/v1/gift-cards/{id}`."""

    changes = GiftCardChangesInput

    def update(self, row: GiftCard, fields: dict[str, Any]) -> GiftCard:
        """Change a gift card."""
        return cards.update_card(card=row, store=self.store, key=self.key, **fields)

    def remove(self, row: GiftCard) -> None:
        """Delete a gift card that has paid for nothing."""
        cards.delete_card(card=row, store=self.store, key=self.key)


@documented
class GiftCardAdjustView(Acted, GiftCardView):
    """`/api/v1/gift-cards/{id}/adjust`."""

    action = "adjust"
    rule = "Adds the amount to the balance, and writes it into the ledger with the note."
    input = AdjustInput

    def act(self, row: GiftCard, fields: dict[str, Any]) -> GiftCard:
        """Change the balance."""
        return cards.adjust_card(card=row, store=self.store, key=self.key, **fields)


@documented
class GiftCardVoidView(Acted, GiftCardView):
    """`/api/v1/gift-cards/{id}/void`."""

    action = "void"
    rule = "The card is worth nothing from now on, for good."
    input = VoidInput

    def act(self, row: GiftCard, fields: dict[str, Any]) -> GiftCard:
        """Void the card."""
        return cards.void_card(card=row, store=self.store, key=self.key, **fields)


@documented
class GiftCardTransactionListView(Listed):
    """`/api/v1/gift-cards/{id}/transactions`."""

    area = "GiftCards"
    noun, plural = "gift card transaction", "gift card transactions"
    listing, output = TRANSACTIONS, GiftCardTransactionOutput

    def rows(self, store: Store) -> QuerySet[GiftCardEntry]:
        """Return the lines of the card's ledger."""
        if not GiftCard.objects.of_store(store).filter(pk=self.kwargs["pk"]).exists():
            raise NotFound
        return GiftCardEntry.objects.filter(card=self.kwargs["pk"])
