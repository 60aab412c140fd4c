"""The forms of gift cards: issuing, changing, adjusting and voiding them."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from store import money
from store.card_serializers import MAX_NOTE
from store.masking import emails_for
from store.models import GiftCard, Store
from store.store_admin.amounts import shown
from store.store_admin.chosen import person_of
from store.store_admin.reach_forms import ReachForm

WHOSE = ["recipient_name", "recipient_email", "message", "expires_at"]


class GiftCardForm(ReachForm):
    """What makes a gift card, and what may change of it."""

    class Meta:
        model = GiftCard
        fields = ("amount", *WHOSE, "categories", "packages")
        labels = {
            "recipient_name": "For whom",
            "recipient_email": "E-mail address",
            "expires_at": "Expires",
        }
        help_texts = {
            "amount": "In the store's currency. The server makes the code and shows it once, on the next page.",
            "recipient_email": "Shown whole only to those of the team who may see customers' addresses.",
            "expires_at": "Empty: never. In the store's time zone.",
            "packages": "Type a name to find a package.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may not see the address gets its mask, and leaves it alone by leaving the mask as it is.
        if not self.instance._state.adding and "recipient_email" in self.fields:
            shown_to = emails_for(person_of(self.request), self.store)
            self.initial["recipient_email"] = shown_to(self.instance.recipient_email)


class NoteForm(forms.Form):
    """Why something is done; the ledger keeps it."""

    note = forms.CharField(
        max_length=MAX_NOTE, widget=UnfoldAdminTextInputWidget, help_text="Why. It stays in the ledger."
    )


class AdjustForm(NoteForm):
    """How much is added or taken, and why."""

    amount = forms.DecimalField(
        max_digits=12, decimal_places=money.MAX_EXPONENT, widget=UnfoldAdminDecimalFieldWidget
    )
    field_order = ("amount", "note")

    def __init__(self, data: Any, *, card: GiftCard, store: Store) -> None:
        super().__init__(data)
        balance = shown(card.balance, store)
        self.fields["amount"].help_text = f"Added to the balance of {balance}; negative takes from it."
        self.fields["amount"].widget.attrs["step"] = str(money.quantum(store.currency))
