"""Gift cards: issued with a code that is shown once, then looked at by their last four characters."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action, display

from store.card_serializers import AdjustInput, GiftCardChangesInput, GiftCardInput, VoidInput
from store.masking import emails_for
from store.models import CardStatus, GiftCard, Store, TeamPermission
from store.services import cards
from store.store_admin import refusals
from store.store_admin.amounts import shown
from store.store_admin.api_rules import as_the_api
from store.store_admin.asking import Nothing, ask, posted
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import StoreListFilter
from store.store_admin.gift_card_forms import WHOSE, AdjustForm, GiftCardForm, NoteForm
from store.store_admin.package_choices import ChoosesPackages
from store.store_admin.reach_forms import REACH_FIELDS, REACH_NAMES, reach_in_words, reach_of
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

NEWEST = 200
_COLOURS = {"Active": "success", "Redeemed": "info", "Expired": "info", "Frozen": "warning", "Voided": "danger"}


class StatusFilter(StoreListFilter):
    """Where a card stands now."""

    title, parameter_name = "status", "status"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return all of them."""
        return [(str(value), str(label)) for value, label in CardStatus.choices]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the cards of one status."""
        return rows.filter(pk__in=GiftCard.objects.of_store(store).in_status(value, timezone.now()).values("pk"))


@admin.register(GiftCard, site=store_admin_site)
class GiftCardAdmin(ChoosesPackages, TenantModelAdmin):
    """The gift cards of the store."""

    group, icon = "Discounts", "card_giftcard"
    permission = TeamPermission.EDIT
    form = GiftCardForm
    error_names = refusals.API_NAMES | REACH_NAMES
    list_filter = [StatusFilter]
    search_fields = ["recipient_name", "last4"]
    search_help_text = "A name, or the last four characters of a code"
    ordering = ["-created_at", "-id"]
    actions_detail = ["adjust", "void", "unfreeze"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GiftCard]:
        """Bring the store, which knows the currency, and what each pays for."""
        rows: QuerySet[GiftCard] = super().get_queryset(request).select_related("store")
        return rows.prefetch_related("categories__parent__parent", "packages")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns; addresses as this person sees them."""
        return ["code_end", "left", "issued_with", "recipient_name", _email_of(request), "state", "created_at"]

    def get_csv_columns(self, request: HttpRequest) -> list[Any]:
        """Return the columns of the export, amounts as numbers."""
        columns = ["id", "code_end", "amount", "balance", "applies", "recipient_name", _email_of(request)]
        return [*columns, "state", "expires_at", "created_at"]

    def get_fieldsets(self, request: HttpRequest, obj: GiftCard | None = None) -> Any:
        """Return the form; who only looks sees the address by its mask."""
        if obj is None:
            return [("Gift card", {"fields": ["amount", *WHOSE]}), ("Pays for", {"fields": REACH_FIELDS})]
        facts = ["code_end", "state", "left", "issued_with", "applies", "bought_with", "created_at"]
        whose = WHOSE
        if not self.has_change_permission(request, obj):
            whose = [_email_of(request) if name == "recipient_email" else name for name in WHOSE]  # type: ignore[misc]
        parts = [("Gift card", {"fields": facts}), ("For whom", {"fields": whose})]
        return [*parts, ("Ledger", {"fields": ["ledger"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: GiftCard | None = None) -> list[str]:
        """Money moves by its own actions."""
        facts = ["code_end", "state", "left", "issued_with", "applies", "bought_with", "created_at"]
        return [*facts, "ledger"] if obj else []

    def response_add(
        self, request: HttpRequest, obj: GiftCard, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the code, in this answer and in no other."""
        context = self.admin_site.each_context(request) | {
            "title": "Copy the code now",
            "opts": self.opts,
            "card": obj,
            "amount": shown(obj.amount, store_of(request)),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "store_admin/gift_code.html", context)

    @admin.display(description="Code")
    def code_end(self, card: GiftCard) -> str:
        """Return the last four characters; the rest is nowhere."""
        return str(card)

    @admin.display(description="Balance", ordering="balance")
    def left(self, card: GiftCard) -> str:
        """Return what is left."""
        return shown(card.balance, card.store)

    @admin.display(description="Issued with", ordering="amount")
    def issued_with(self, card: GiftCard) -> str:
        """Return what it was issued with."""
        return shown(card.amount, card.store)

    @admin.display(description="Pays for")
    def applies(self, card: GiftCard) -> str:
        """Return what it is good for."""
        return reach_in_words(card)

    @display(description="Status", label=_COLOURS)
    def state(self, card: GiftCard) -> str:
        """Return where it stands."""
        return str(CardStatus(card.status).label)

    @admin.display(description="What moved the balance")
    def ledger(self, card: GiftCard) -> str:
        """Return the newest lines of the ledger as a table."""
        rows = card.entries.select_related("order").order_by("-created_at", "-pk")[:NEWEST]
        lines = [
            {
                "entry": entry,
                "amount": shown(entry.amount, card.store),
                "left": shown(entry.balance_after, card.store),
            }
            for entry in rows
        ]
        return render_to_string("store_admin/ledger.html", {"lines": lines})

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> GiftCard:
        """Issue a card; the row has its code."""
        given = as_the_api(GiftCardInput, reach_of(fields), store)
        return cards.issue_card(store=store, user=person_of(request), **given)

    def update(self, request: HttpRequest, obj: GiftCard, fields: dict[str, Any]) -> GiftCard:
        """Change whose it is and until when."""
        store = store_of(request)
        given = as_the_api(GiftCardChangesInput, fields, store, is_change=True)
        return cards.update_card(card=obj, store=store, user=person_of(request), **given)

    def remove(self, request: HttpRequest, obj: GiftCard) -> None:
        """Delete a card that has paid for nothing."""
        cards.delete_card(card=obj, store=store_of(request), user=person_of(request))

    def has_move_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the person may move money of this card, and it was not voided."""
        card = self.get_object(request, str(object_id)) if object_id else None
        return card is not None and card.voided_at is None and self.may_write(request)

    def has_unfreeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the person may let this card pay again."""
        card = self.get_object(request, str(object_id)) if object_id else None
        return card is not None and card.status == CardStatus.FROZEN and self.may_write(request)

    @action(description="Adjust", url_path="adjust", permissions=["move"], icon="tune")
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Add to the balance, or take from it."""
        card, store = self.row(request, object_id), store_of(request)

        def act(fields: dict[str, Any]) -> str:
            given = as_the_api(AdjustInput, fields, store)
            cards.adjust_card(card=card, store=store, user=person_of(request), **given)
            return "The balance is adjusted."

        form = AdjustForm(posted(request), card=card, store=store)
        return ask(self, request, card, form, act, title="Adjust", verb="Adjust the balance")

    @action(description="Void", url_path="void", permissions=["move"], icon="block")
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a card worth nothing."""
        card, store = self.row(request, object_id), store_of(request)

        def act(fields: dict[str, Any]) -> str:
            cards.void_card(
                card=card, store=store, user=person_of(request), **as_the_api(VoidInput, fields, store)
            )
            return "The card is voided."

        text = f"The card will be worth nothing, and {shown(card.balance, store)} are gone. This cannot be undone."
        form = NoteForm(posted(request))
        return ask(
            self, request, card, form, act, title="Void", verb="Void the card", text=text, is_dangerous=True
        )

    @action(description="Let it pay again", url_path="unfreeze", permissions=["unfreeze"], icon="ac_unit")
    def unfreeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the freeze that a chargeback began."""
        card, store = self.row(request, object_id), store_of(request)

        def act(fields: dict[str, Any]) -> str:
            cards.unfreeze_card(card=card, store=store, user=person_of(request))
            return "The card pays again."

        text = "The payment for this card was taken back. Void it instead if the money did not come after all."
        form = Nothing(posted(request))
        return ask(self, request, card, form, act, title="Let it pay again", verb="Let it pay again", text=text)


def _email_of(request: HttpRequest) -> Callable[[GiftCard], str]:
    """Return the column of e-mail addresses as this person sees them."""
    shown_to = emails_for(person_of(request), store_of(request))

    @admin.display(description="E-mail")
    def email(card: GiftCard) -> str:
        return shown_to(card.recipient_email)

    return email
