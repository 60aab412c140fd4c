"""Gift cards, coupons and sales of every store."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from accounts.models import User
from store.masking import email_for
from store.models import Coupon, GiftCard, GiftCardEntry, Sale
from store.services import cards, coupons, sales
from store.staff_admin.base import StaffAdmin, amount
from store.staff_admin.orders import LookInline


class EntryInline(LookInline):
    """The ledger."""

    model = GiftCardEntry
    fields = readonly_fields = ["created_at", "kind", "amount", "balance_after", "order", "note"]


@admin.register(GiftCard)
class GiftCardAdmin(StaffAdmin):
    """Gift cards. Their codes are nowhere; the last four characters tell them apart."""

    list_display = ["last4", "store", "left", "status", "recipient_name", "expires_at", "created_at"]
    search_help_text = "A store's id, a card's id, or the last four characters of the code."
    actions_detail = ["freeze", "unfreeze", "void"]
    inlines = [EntryInline]
    fields: ClassVar[list[str]] = [
        *("id", "store", "last4", "status", "worth", "left", "reach_scope", "recipient_name"),
        *("masked_email", "message", "bought_with", "expires_at", "frozen_at", "voided_at", "created_at"),
        *("updated_at", "trail"),
    ]
    worth, left = amount("amount", "Amount"), amount("balance", "Balance")

    def by_word(self, word: str) -> Q:
        """Return what a word means: the end of a code."""
        return Q(last4=word.upper())

    @admin.display(description="Recipient's e-mail")
    def masked_email(self, card: GiftCard) -> str:
        """Return the address, masked."""
        return email_for(None, card.store, card.recipient_email)

    def has_payer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the card can be frozen."""
        return self.may_act(request, object_id, lambda card: not card.voided_at and not card.frozen_at)

    def has_frozen_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the card is frozen."""
        return self.may_act(request, object_id, lambda card: not card.voided_at and card.frozen_at)

    def has_intact_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether the card is worth something, or may be again."""
        return self.may_act(request, object_id, lambda card: not card.voided_at)

    @action(description="Freeze", url_path="freeze", permissions=["payer"], icon="ac_unit")
    def freeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it from paying."""

        def act(card: GiftCard, fields: dict[str, Any], person: User) -> str:
            cards.freeze_card(card=card, store=card.store, user=person)
            return "The gift card is frozen."

        text = "It pays nothing until it is unfrozen; its balance stays."
        return self.deed(request, object_id, act, verb="Freeze", done="frozen", text=text)

    @action(description="Unfreeze", url_path="unfreeze", permissions=["frozen"], icon="lock_open")
    def unfreeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it pay again."""

        def act(card: GiftCard, fields: dict[str, Any], person: User) -> str:
            cards.unfreeze_card(card=card, store=card.store, user=person)
            return "The gift card pays again."

        return self.deed(request, object_id, act, verb="Unfreeze", done="unfrozen", text="It pays again.")

    @action(description="Void", url_path="void", permissions=["intact"], icon="block")
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make it worth nothing."""

        def act(card: GiftCard, fields: dict[str, Any], person: User) -> str:
            cards.void_card(card=card, store=card.store, note=fields["reason"], user=person)
            return "The gift card is void."

        text = "It is worth nothing from then on, for good. The store sees the reason in the card's ledger."
        return self.deed(request, object_id, act, verb="Void", done="voided", text=text)


@admin.register(Coupon)
class CouponAdmin(StaffAdmin):
    """Coupons."""

    list_display = ["code", "store", "discount_type", "discount_value", "uses", "max_uses", "is_active"]
    search_help_text = "A store's id, a coupon's id, or the whole code."
    list_filter = ["is_active"]
    actions_detail = ["switch_off"]
    fields: ClassVar[list[str]] = [
        *("id", "store", "code", "discount_type", "discount_value", "reach_scope", "override_sales"),
        *("minimum_purchase_amount", "maximum_discount_amount", "uses", "max_uses", "max_uses_per_user"),
        *("valid_from", "valid_until", "is_active", "created_at", "updated_at", "trail"),
    ]

    def by_word(self, word: str) -> Q:
        """Return what a word means: a code."""
        return Q(code_key=word.upper())

    def has_active_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether it is switched on."""
        return self.may_act(request, object_id, lambda coupon: coupon.is_active)

    @action(description="Switch off", url_path="switch-off", permissions=["active"], icon="toggle_off")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nobody take it any more."""

        def act(coupon: Coupon, fields: dict[str, Any], person: User) -> str:
            coupons.update_coupon(coupon=coupon, store=coupon.store, user=person, is_active=False)
            return "The coupon is switched off."

        text = "Nobody can take it any more; the store may switch it on again."
        return self.deed(request, object_id, act, verb="Switch off", done="switched_off", text=text)


@admin.register(Sale)
class SaleAdmin(StaffAdmin):
    """Sales."""

    list_display = ["name", "store", "discount_percentage", "is_enabled", "start_date", "end_date"]
    list_filter = ["is_enabled"]
    actions_detail = ["switch_off"]
    fields: ClassVar[list[str]] = [
        *("id", "store", "name", "discount_percentage", "reach_scope", "is_enabled", "start_date", "end_date"),
        *("created_at", "updated_at", "trail"),
    ]

    def has_active_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether it is switched on."""
        return self.may_act(request, object_id, lambda sale: sale.is_enabled)

    @action(description="Switch off", url_path="switch-off", permissions=["active"], icon="toggle_off")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it."""

        def act(sale: Sale, fields: dict[str, Any], person: User) -> str:
            sales.update_sale(sale=sale, store=sale.store, user=person, is_enabled=False)
            return "The sale is switched off."

        text = "Prices are list prices again; the store may switch it on again."
        return self.deed(request, object_id, act, verb="Switch off", done="switched_off", text=text)
