"""Which page is looked at, as people type it."""

from django import forms

from providers.reviews_forms import PlainForm
from providers.websites import public_url


class StatusPageForm(PlainForm):
    """The status page on the provider's own page. Empty: nothing is measured."""

    status_url = forms.CharField(
        label="Status page",
        required=False,
        max_length=2048,
        help_text="A public https address that answers while your service works. We ask for it every five "
        "minutes. Empty: nothing is measured.",
        widget=forms.URLInput(attrs={"placeholder": "https://status.example.com/", "autocomplete": "off"}),
    )

    def clean_status_url(self) -> str:
        """Refuse what we never ask."""
        text: str = self.cleaned_data["status_url"]
        return read_status_url(text) if text else ""


def read_status_url(text: str) -> str:
    """Return a public https URL as it is kept; raises forms.ValidationError."""
    url = public_url(text)
    if url is None or not url.lower().startswith("https://"):
        raise forms.ValidationError("Enter a public address that begins with https://.")
    return url
