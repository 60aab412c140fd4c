"""The forms of keys in the staff admin. A secret that is typed here is never written back into a page."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from api.errors import PlatformError
from apikeys import services, tokens
from apikeys.models import ApiKey
from apikeys.resources import bound_resources


def _own_secret() -> forms.CharField:
    return forms.CharField(
        label="The user's own key",
        required=False,
        strip=True,
        max_length=2 * tokens.MAX_IMPORTED,
        help_text="Empty: we make a random one. Else 32 to 256 visible ASCII characters, hard to guess.",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def _send_mail() -> forms.BooleanField:
    return forms.BooleanField(
        label="Send the mail to those who manage the account",
        required=False,
        help_text="The next page shows its text in any case. It never holds a key.",
        widget=UnfoldBooleanWidget,
    )


class IssueForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a key issued or imported by the staff is made of; it may do everything its product has."""

    own_secret = _own_secret()
    send_mail = _send_mail()

    class Meta:
        model = ApiKey
        fields = ["account", "product", "resource", "name", "expires_at", "rate_per_minute"]
        help_texts = {
            "resource": "The provider's slug (Fluxme) or the store's id (FluxStore); empty for the others.",
            "rate_per_minute": "Requests a minute; empty: the plan's.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Refuse a provider or store that is not the account's, and a key that cannot be imported."""
        data = super().clean() or {}
        account, product = data.get("account"), data.get("product")
        if not account or not product:
            return data
        owned, resource = bound_resources(product, account), data.get("resource", "")
        if owned is None and resource:
            self.add_error("resource", "Keys of this product are not bound to anything: leave this empty.")
        if owned is not None and resource not in owned:
            self.add_error("resource", f"The account has: {', '.join(owned) or 'none'}.")
        if data.get("own_secret"):
            _check(self, ApiKey(account=account, product=product, resource=resource), data["own_secret"])
        return data


class RollKeyForm(forms.Form):
    """How a key's secret is replaced."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    own_secret = _own_secret()
    grace_days = forms.IntegerField(
        label="Days of grace",
        min_value=0,
        max_value=services.MAX_GRACE.days,
        required=False,
        initial=0,
        help_text=f"0 to {services.MAX_GRACE.days}: so long the old secret works beside the new one.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    send_mail = _send_mail()

    def __init__(self, data: Any = None, *, key: ApiKey) -> None:
        super().__init__(data, initial={"version": key.version})
        self.key = key

    def clean(self) -> dict[str, Any]:
        """Refuse a key that cannot be imported."""
        data = super().clean() or {}
        if data.get("own_secret"):
            _check(self, self.key, data["own_secret"])
        return data


class ReasonForm(forms.Form):
    """Why keys are ended."""

    reason = forms.CharField(
        max_length=500,
        help_text="Kept in the audit trail under your name. Write no e-mail address and no key.",
        widget=UnfoldAdminTextInputWidget,
    )


class RevokeKeyForm(ReasonForm):
    """Why, and whether the account is told."""

    send_mail = _send_mail()


def _check(form: forms.BaseForm, key: ApiKey, secret: str) -> None:
    """Say beside the field what the service would refuse."""
    try:
        services.check_secret(account=key.account, product=key.product, resource=key.resource, secret=secret)
    except PlatformError as error:
        form.add_error("own_secret", error.message)
