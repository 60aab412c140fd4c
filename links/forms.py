"""The forms of the pages. What a value must be is decided by the API's own serializers; here it is only read."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from api.errors import InvalidFields, PlatformError
from api.forms import CheckedForm, FieldGroup
from api.serializers import StrictSerializer
from links.errors import SlugTaken
from links.models import Link, RedirectType
from links.serializers import LinkChange, LinkInput
from links.services import PRODUCT
from plans.catalogue import Plan
from plans.wording import needed_plan


class LinkForm(CheckedForm):
    """What can be set at any time."""

    rules: ClassVar[type[StrictSerializer]]
    groups_of_fields: ClassVar[Mapping[str, Sequence[str]]] = {
        "": ("target_url", "custom_slug", "title", "tags"),
        "Who may pass, and how long": ("password", "remove_password", "expires_at", "max_clicks", "expired_url"),
        "The redirect": ("redirect_type", "forward_query", "is_active"),
    }

    target_url = forms.CharField(
        label="Where it leads",
        help_text="A public address that begins with https:// or http://.",
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/page", "autocomplete": "off"}),
    )
    title = forms.CharField(label="Title", required=False, help_text="For you alone; visitors never see it.")
    tags = forms.CharField(
        label="Tags",
        required=False,
        help_text="Divided by commas: spring, newsletter.",
    )
    # Not a password of the person: it is meant to be passed on, so it is shown while it is typed.
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        help_text="Visitors are asked for it before they are sent on.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    expires_at = forms.DateTimeField(
        label="Ends at (UTC)",
        required=False,
        help_text="In UTC, not in your own time. Empty: it does not end by itself.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    max_clicks = forms.IntegerField(
        label="Ends after so many visits", required=False, help_text="Visits of bots and link previews count too."
    )
    expired_url = forms.CharField(
        label="Where visitors go once it has ended",
        required=False,
        help_text="Empty: a page says that the link has ended.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    redirect_type = forms.TypedChoiceField(
        label="Kind of redirect",
        coerce=int,
        choices=RedirectType.choices,
        help_text="302 is right unless programs post to the link: 307 lets them post to the target.",
    )
    forward_query = forms.BooleanField(
        label="Pass the visitor's query on",
        required=False,
        help_text="What follows the ? of the short link is added to the target.",
    )
    is_active = forms.BooleanField(
        label="Switched on", required=False, help_text="While it is off, visitors find no such link."
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.wanted: dict[str, Any] = {}
        for name in ("custom_slug", "password"):
            if name in self.fields and name not in plan.features:
                self.fields[name].widget.attrs["disabled"] = True
                self.fields[name].help_text = needed_plan(PRODUCT, name)

    def groups(self) -> list[FieldGroup]:
        """Return the fields in the order in which they are drawn."""
        return [
            FieldGroup(title, [self[name] for name in names if name in self.fields])
            for title, names in self.groups_of_fields.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Judge the values as the API does; `wanted` is then what the service takes."""
        data = super().clean() or {}
        names = [name for name in data if self._is_meant(name)]
        given = {name: self._value(name, data[name]) for name in names}
        try:
            self.wanted = self.rules.parse_data(given)
        except InvalidFields as error:
            self.add_faults(error.errors)
        return data

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal of the service beside the field that it is about."""
        if error.errors:
            self.add_faults(error.errors)
        elif isinstance(error, SlugTaken):
            self.add_error("custom_slug", error.message)
        else:
            feature = str(error.extra.get("feature", ""))
            self.add_error(feature if feature in self.fields else None, error.message)

    def _is_meant(self, name: str) -> bool:
        raise NotImplementedError

    def _value(self, name: str, value: Any) -> Any:
        """Return a value as it would stand in the JSON of a request."""
        match name:
            case "tags":
                return [tag.strip() for tag in value.split(",") if tag.strip()]
            case "expires_at":
                return value.isoformat() if value else None
            case "expired_url":
                return value or None
        return value


class NewLinkForm(LinkForm):
    """A new link."""

    rules = LinkInput

    custom_slug = forms.CharField(
        label="Short name",
        required=False,
        strip=False,
        help_text="3 to 64 letters, digits, hyphens and underscores; upper and lower case differ. "
        "Empty: a random one is drawn.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"redirect_type": RedirectType.FOUND.value, "is_active": True}, **kwargs)
        if not self.is_bound:
            self.fields["target_url"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """Add the tick that the API has not: it makes no links that are switched off."""
        data = super().clean()
        self.wanted["is_active"] = bool(data.get("is_active"))
        return data

    def _is_meant(self, name: str) -> bool:
        """Leave out what is empty: it then has the value that the API gives it."""
        value = self.cleaned_data[name]
        return name != "is_active" and value not in {"", None} and value is not False


class ChangeLinkForm(LinkForm):
    """Changes to a link; only what differs from what is stored is written."""

    rules = LinkChange

    remove_password = forms.BooleanField(label="Remove the password", required=False)

    def __init__(self, *args: Any, link: Link, **kwargs: Any) -> None:
        super().__init__(*args, initial=_shown(link), **kwargs)
        if link.has_password:
            self.fields["password"].label = "New password"
            if "disabled" not in self.fields["password"].widget.attrs:
                self.fields["password"].help_text = "Empty: the present one stays."
        else:
            del self.fields["remove_password"]

    def clean_remove_password(self) -> bool:
        """Refuse two wishes at once."""
        is_removed = bool(self.cleaned_data["remove_password"])
        if is_removed and self.cleaned_data.get("password"):
            raise forms.ValidationError("Either enter a new password or remove it.")
        return is_removed

    def _is_meant(self, name: str) -> bool:
        return name in self.changed_data and name != "remove_password"

    def clean(self) -> dict[str, Any]:
        """Add the removal of the password, which is the absence of one to the service."""
        data = super().clean()
        if data.get("remove_password"):
            self.wanted["password"] = None
        return data


def _shown(link: Link) -> dict[str, Any]:
    """Return the link as the form shows it."""
    ends_at = link.expires_at
    return {
        "target_url": link.target_url,
        "title": link.title,
        "tags": ", ".join(link.tags),
        # The browser's field has minutes; what is not touched is not written, so no second is lost.
        "expires_at": ends_at.replace(second=0, microsecond=0) if ends_at else None,
        "max_clicks": link.max_clicks,
        "expired_url": link.expired_url,
        "redirect_type": link.redirect_type,
        "forward_query": link.forward_query,
        "is_active": link.is_active,
    }
