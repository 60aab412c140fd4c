"""What people type about providers: a review, a reply, a report. All of it is plain text."""

from typing import Any

from django import forms

from api.forms import CheckedForm
from providers.fields import LINE, ONE_LETTER, TEXT, TWO_LETTERS
from providers.models.reviews import (
    HIGHEST,
    LOWEST,
    MAX_NAME,
    MAX_REASON,
    MAX_REPLY,
    MAX_TEXT,
    MAX_TITLE,
    MIN_TEXT,
    ReportReason,
    Review,
)

STARS = {5: "5 – excellent", 4: "4 – good", 3: "3 – fair", 2: "2 – poor", 1: "1 – bad"}


class PlainTextField(forms.CharField):
    """Some lines of plain text. A line end is one character, as the browser counts it while somebody types."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(validators=[TEXT], widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the text with the line ends that are kept."""
        text = value.replace("\r\n", "\n") if isinstance(value, str) else value
        return super().to_python(text)


class PlainForm(CheckedForm):
    """A form without colons behind its labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class ReviewForm(PlainForm):
    """What a person thinks of a provider."""

    rating = forms.TypedChoiceField(
        label="Your rating",
        coerce=int,
        choices=[("", "Choose …"), *((n, STARS[n]) for n in range(HIGHEST, LOWEST - 1, -1))],
    )
    title = forms.CharField(label="Title", required=False, max_length=MAX_TITLE, validators=[LINE])
    text = PlainTextField(
        label="Your review",
        rows=8,
        min_length=MIN_TEXT,
        max_length=MAX_TEXT,
        help_text=f"{MIN_TEXT} to {MAX_TEXT:,} characters. Write what you saw yourself; name no private people.",
    )
    display_name = forms.CharField(
        label="Shown as",
        max_length=MAX_NAME,
        validators=[LINE, TWO_LETTERS],
        help_text="The name that everybody sees beside your review. Your e-mail address is never shown.",
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )

    @classmethod
    def about(cls, review: Review | None, data: Any = None) -> "ReviewForm":
        """Return the form with what the person wrote before."""
        names = ("rating", "title", "text", "display_name")
        return cls(data, initial={name: getattr(review, name) for name in names} if review else None)

    def clean_display_name(self) -> str:
        """Refuse what looks like an address: it would be there for every collector of addresses."""
        name: str = self.cleaned_data["display_name"]
        if "@" in name or "://" in name:
            raise forms.ValidationError("Choose a name that is not an e-mail or web address.")
        return name


class ReplyForm(PlainForm):
    """The provider's answer."""

    text = PlainTextField(
        label="Your reply",
        rows=5,
        required=False,
        max_length=MAX_REPLY,
        help_text=f"At most {MAX_REPLY:,} characters; everybody sees them below the review. Empty: no reply.",
    )


class ReportForm(PlainForm):
    """What is wrong with a review."""

    reason = forms.ChoiceField(label="What is wrong with it?", choices=ReportReason.choices)
    note = forms.CharField(
        label="What should the staff know?", required=False, max_length=MAX_REASON, validators=[LINE]
    )


class RejectionForm(PlainForm):
    """Why the staff reject a review."""

    reason = forms.CharField(
        label="Reason", max_length=MAX_REASON, validators=[ONE_LETTER], help_text="The author reads it."
    )
