"""The forms of the key pages."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from api.errors import FieldError
from apikeys.scopes import MATRIX, Scopes, full_scopes
from apikeys.wording import WORDS

# The end of the calendar's last day cannot be written down.
LAST_DAY = date.max
VERBS = ("View", "Edit", "Delete")
# Which field of the form shows a fault that the service found.
FIELD_OF = {"permissions": "scopes", "expiresAt": "expires_on", "name": "name"}


@dataclass(frozen=True, slots=True)
class Tick:
    """One box of the permission grid."""

    value: str
    label: str
    is_ticked: bool


class KeyForm(forms.Form):
    """Name, permissions, expiry and, where keys are bound, the provider or store.

    resources: None where keys are not bound. bound_to: the one that the page is about, which is not asked for.
    """

    resource = forms.ChoiceField()
    name = forms.CharField(label="Name", max_length=80, help_text="For you, to tell keys apart.")
    scopes = forms.MultipleChoiceField(
        label="Permissions", error_messages={"required": "Tick at least one permission."}
    )
    expires_on = forms.DateField(
        label="Expires on",
        required=False,
        help_text="The key works until the end of this day, UTC. Leave it empty for a key without an end.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(
        self, *args: Any, product: str, resources: list[str] | None, bound_to: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        self.lacks_resource = resources == []
        words = WORDS[product]
        every = [f"{area}:{verb}" for area, verbs in MATRIX[product].items() for verb in verbs]
        self._field("scopes").choices = [(value, value) for value in every]
        self.fields["scopes"].initial = every if words.ticks_everything else []
        if resources is None:
            del self.fields["resource"]
        else:
            self._field("resource").choices = [(name, name) for name in resources]
            self.fields["resource"].label = words.resource
            if bound_to:
                self.fields["resource"].widget = forms.HiddenInput()
                self.fields["resource"].initial = bound_to

    def _field(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        return field

    def grid(self) -> list[tuple[str, list[Tick | None]]]:
        """Return the permission grid: a title and a box (or None) for each verb of `VERBS`."""
        ticked = set(self["scopes"].value() or ())
        rows: list[tuple[str, list[Tick | None]]] = []
        for area, verbs in MATRIX[self.product].items():
            title = title_of(area)
            cells = [
                Tick(f"{area}:{verb}", f"{verb} {title.lower()}", f"{area}:{verb}" in ticked)
                if verb in verbs
                else None
                for verb in VERBS
            ]
            rows.append((title, cells))
        return rows

    def plain_fields(self) -> list[forms.BoundField]:
        """Return the fields that are drawn the usual way."""
        names = ("resource", "name", "expires_on")
        return [self[name] for name in names if name in self.fields and not self[name].is_hidden]

    def wanted(self) -> dict[str, Any]:
        """Return what `apikeys.services.issue` takes."""
        data = self.cleaned_data
        scopes: Scopes = {}
        for value in data["scopes"]:
            area, _, verb = value.partition(":")
            scopes.setdefault(area, []).append(verb)
        return {
            "name": data["name"],
            "resource": data.get("resource", ""),
            "scopes": scopes,
            "expires_at": end_of_day(data["expires_on"]),
        }

    def clean_expires_on(self) -> Any:
        """Refuse days that are over."""
        day = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.now().date():
            raise forms.ValidationError("This day is over. Choose a later one.")
        if day is not None and day >= LAST_DAY:
            raise forms.ValidationError("Choose an earlier day.")
        return day

    def add_faults(self, faults: tuple[FieldError, ...]) -> None:
        """Show the faults that the service found beside their fields."""
        for fault in faults:
            name = FIELD_OF.get(fault.field.partition(".")[0])
            self.add_error(name if name in self.fields else None, fault.message)


class RollForm(forms.Form):
    """The version of the key that the person looked at, and the grace of the old secret."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, max_grace_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if max_grace_days:
            self.fields["grace_days"] = forms.IntegerField(
                label="Days of grace",
                min_value=0,
                max_value=max_grace_days,
                initial=0,
                required=False,
                help_text=f"0 to {max_grace_days}. So long the old secret works beside the new one.",
            )

    def grace(self) -> timedelta:
        """Return how long the old secret goes on working."""
        return timedelta(days=self.cleaned_data.get("grace_days") or 0)


def end_of_day(day: Any) -> datetime | None:
    """Return the moment after a day, UTC; None for None."""
    if day is None:
        return None
    return datetime.combine(day, time.min, tzinfo=UTC) + timedelta(days=1)


def title_of(area: str) -> str:
    """Return `GiftCards` as `Gift cards`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", area).capitalize()


def summary_of(product: str, scopes: Scopes) -> str:
    """Return the scopes in one line for lists."""
    if scopes == full_scopes(product):
        return "Everything"
    return ", ".join(f"{title_of(area)}: {' '.join(verbs).lower()}" for area, verbs in scopes.items())
