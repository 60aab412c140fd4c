"""The forms of the account's own pages."""

from typing import Any

from django import forms

from accounts.models import Role


class InviteForm(forms.Form):
    """Whom to put into the account, and as what."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The person must have signed up already.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.MEMBER)


class RoleForm(forms.Form):
    """A role; which ones somebody may give is the service's to decide."""

    role = forms.ChoiceField(choices=Role.choices)


class AccountNameForm(forms.Form):
    """The name that members see."""

    name = forms.CharField(label="Account name", max_length=120)


class TypedWordForm(forms.Form):
    """A word that has to be typed before something is gone for good. word: what it must be, in whatever case."""

    typed = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, word: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._word = word
        self.fields["typed"].label = label

    def clean_typed(self) -> str:
        """Refuse any other word."""
        typed: str = self.cleaned_data["typed"]
        if typed.casefold() != self._word.casefold():
            raise forms.ValidationError("This is something else.")
        return typed


def offered_roles(*, is_owner: bool) -> list[tuple[str, str]]:
    """Return the roles that a manager is offered; only owners make owners."""
    return [choice for choice in Role.choices if is_owner or choice[0] != Role.OWNER]


def offer_roles(form: forms.Form, roles: list[tuple[str, str]]) -> Any:
    """Return the form with only these roles drawn."""
    form.fields["role"].widget.choices = roles
    return form
