"""The form of a listing. What a value must be is decided by the push's own serializer; here it is only read."""
# ruff: noqa: N815 - the fields have the API's names, so that each fault finds its field

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from api.errors import FieldError, InvalidFields
from api.forms import CheckedForm, FieldGroup, sentence_of
from providers import countries
from providers.models import ProviderType, SupportChannel, TierName
from providers.own_values import canonical, json_value
from providers.serializers import ProviderInput
from providers.wording import LABELS

MAX_ROWS = 12
_COUNTRIES = [("", "Not said"), *((name, name) for name in sorted(countries.names().values()))]


@dataclass(slots=True)
class TierRow:
    """One row of prices. number: its place on the page. faults: what is wrong with it."""

    number: int
    tier: str = TierName.CUMULUS.value
    price: str = ""
    planName: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed into the row."""
        return not self.price.strip() and not self.planName.strip()


def _text(help_text: str = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"} | attrs)
    return forms.CharField(required=False, strip=False, help_text=help_text, widget=widget)


def _long_text(rows: int, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(required=False, strip=False, help_text=help_text, widget=widget)


def _choice(choices: Sequence[tuple[str, str]], help_text: str = "") -> forms.CharField:
    widget = forms.Select(choices=choices)
    return forms.CharField(required=False, strip=False, help_text=help_text, widget=widget)


def _number(help_text: str) -> forms.CharField:
    return _text(help_text, inputmode="decimal")


def _tick(help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(required=False, help_text=help_text)


class ListingForm(CheckedForm):
    """Everything that a provider says about itself; only what differs from what is stored is meant."""

    # Hardly a field must be filled, so that saying it of each would be noise.
    is_all_optional = True
    groups_of_fields: ClassVar[Mapping[str, Sequence[str]]] = {
        "Who you are": ("name", "description", "longDescription", "website", "discord", "country", "type"),
        "Prices": ("comments", "hasDiscount"),
        "Figures": (
            "totalNodes",
            "totalClients",
            "uptimePercentage",
            "sla",
            "responseTimeHours",
            "pnrEligiblePercent",
            "arcaneOsPercent",
            "dataCenters",
        ),
        "What you offer": ("languages", "supportChannels", "whiteLabel", "autoRenew", "delegationAvailable"),
        "How customers pay": ("acceptsFlux", "acceptsStripe", "acceptsFiat"),
    }

    name = _text("2 to 80 characters; no other listing may have it.")
    description = _text("One line for the card, at most 200 characters.")
    longDescription = _long_text(8, "For the profile page, in Markdown; at most 10,000 characters.")
    website = _text("A public address that begins with https://.", inputmode="url")
    discord = _text("https://discord.gg/… or https://discord.com/invite/…", inputmode="url")
    country = _choice(_COUNTRIES)
    type = _choice(ProviderType.choices)
    comments = _long_text(2, "Whether they include VAT, say; at most 500 characters.")
    hasDiscount = _tick()
    totalNodes = _number("0 to 1,000,000. Empty: not said.")
    totalClients = _number("0 to 1,000,000. Empty: not said.")
    uptimePercentage = _number("In percent: 0 to 100, at most 3 decimals.")
    sla = _number("In percent: 0 to 100, at most 3 decimals.")
    responseTimeHours = _number("In hours: 0 to 720, at most 2 decimals.")
    pnrEligiblePercent = _number("In percent: 0 to 100, at most 3 decimals.")
    arcaneOsPercent = _number("In percent: 0 to 100, at most 3 decimals.")
    dataCenters = _number("0 to 1,000. Empty: not said.")
    languages = _text("Two-letter codes, divided by commas: en, pl.", autocapitalize="none")
    supportChannels = forms.MultipleChoiceField(
        required=False,
        choices=SupportChannel.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
    )
    whiteLabel = _tick("Resellers can offer your service under their own name.")
    autoRenew = _tick()
    delegationAvailable = _tick("Customers can start nodes with a delegated key.")
    acceptsFlux = _tick()
    acceptsStripe = _tick()
    acceptsFiat = _tick()

    def __init__(self, data: QueryDict | None = None, *, present: Mapping[str, Any], version: int) -> None:
        """Read the form. present: the listing's canonical values. version: the one that they are of."""
        super().__init__(data, initial=_drawn(present))
        self.label_suffix = ""
        for name, form_field in self.fields.items():
            form_field.label = LABELS[name]
        self.present, self.version = present, version
        self.wanted: dict[str, Any] = {}
        self.rows = _rows(data) if data is not None else _rows_of(present["tiers"])
        self.tiers_faults: list[str] = []

    def groups(self) -> list[FieldGroup]:
        """Return the fields in the order in which they are drawn."""
        return [FieldGroup(title, [self[n] for n in names]) for title, names in self.groups_of_fields.items()]

    def clean(self) -> dict[str, Any]:
        """Judge what differs as a push is judged; `wanted` is then what the service takes."""
        data = super().clean() or {}
        given = {name: value for name, value in posted(self.data).items() if name in data or name == "tiers"}
        meant = {name: json_value(name, value) for name, value in given.items() if value != self.present[name]}
        try:
            self.wanted = ProviderInput.parse_data(meant)
        except InvalidFields as error:
            self.add_faults(error.errors)
        return data

    def add_faults(self, faults: Sequence[FieldError]) -> None:
        """Show each fault beside its field, that of a price in its row."""
        filled = [row for row in self.rows if not row.is_blank]
        for fault in faults:
            if not fault.field.startswith("tiers"):
                super().add_faults([fault])
                continue
            place, _, name = fault.field.removeprefix("tiers[").partition("]")
            if fault.field.startswith("tiers[") and int(place) < len(filled):
                what = {".price": "price", ".planName": "name", ".tier": "size"}.get(name, "")
                filled[int(place)].faults.append(f"{what}: {fault.message}" if what else fault.message)
            else:
                self.tiers_faults.append(sentence_of(fault))
        if self.tiers_faults or any(row.faults for row in self.rows):
            self.add_error(None, "Some prices are not valid; see below.")


def posted(data: Any) -> dict[str, Any]:
    """Return the canonical values that posted data has, prices included; what it leaves out is not meant."""
    values = _posted_fields(data)
    return values | {"tiers": _typed_tiers(_rows(data))} if "tiers" in data else values


def _posted_fields(data: Any) -> dict[str, Any]:
    found = {}
    for name, field_ in ListingForm.base_fields.items():
        widget = field_.widget
        if widget.value_omitted_from_data(data, {}, name):
            continue
        raw = widget.value_from_datadict(data, {}, name)
        if name == "languages":
            raw = [code.strip() for code in (raw or "").split(",") if code.strip()]
        found[name] = canonical(name, raw)
    return found


def redrawn(data: QueryDict, *, present: Mapping[str, Any], version: int, wish: str) -> ListingForm:
    """Return the form as it was posted, unjudged, with one more row of prices or one less.

    wish: `add-row`, or `remove-row-<number>`; anything else leaves the rows.
    """
    form = ListingForm(present={**present, **_posted_fields(data)}, version=version)
    form.rows = [row for row in _rows(data) if wish != f"remove-row-{row.number}"]
    if wish == "add-row" and len(form.rows) < MAX_ROWS:
        form.rows.append(TierRow(len(form.rows)))
    form.rows = [TierRow(n, row.tier, row.price, row.planName) for n, row in enumerate(form.rows)]
    return form


def _typed_tiers(rows: Sequence[TierRow]) -> Any:
    filled = [{"tier": r.tier, "price": r.price, "planName": r.planName} for r in rows if not r.is_blank]
    return canonical("tiers", filled)


def _rows(data: Any) -> list[TierRow]:
    """Return the posted rows; more than can be valid are read, so that too many are refused."""
    rows = []
    for number in range(MAX_ROWS + 1):
        tier, price, plan = (data.get(f"tiers-{number}-{name}") for name in ("tier", "price", "planName"))
        if (tier, price, plan) != (None, None, None):
            rows.append(TierRow(number, tier or "", price or "", plan or ""))
    return rows


def _rows_of(tiers: Sequence[Mapping[str, str]]) -> list[TierRow]:
    return [TierRow(n, t["tier"], t["price"], t["planName"]) for n, t in enumerate(tiers)] or [TierRow(0)]


def _drawn(present: Mapping[str, Any]) -> dict[str, Any]:
    return {**present, "languages": ", ".join(present["languages"])}
