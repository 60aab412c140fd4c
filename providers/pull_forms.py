"""The form of a pull: the API's JSON as fields and rows. What a value must be is decided by `pull_settings`."""
# ruff: noqa: N815 - the fields have the API's names, so that each fault finds its field

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from api.errors import FieldError, InvalidFields, MalformedBody
from api.forms import CheckedForm, FieldGroup, sentence_of
from api.parsers import loads
from api.renderers import dumps
from providers.mapping import MAX_RULES, NAMES
from providers.models import AuthKind, PullFormat, PullSource
from providers.pull_settings import read_settings

PARTS = ("field", "path", "scale", "round", "map", "default")
_ENTRY = "="


@dataclasses.dataclass(slots=True)
class RuleRow:
    """One rule of a mapping as it is typed. number: its place on the page. map: lines of `from = to`."""

    number: int
    field: str = ""
    path: str = ""
    scale: str = ""
    round: str = ""
    map: str = ""
    default: str = ""
    faults: list[str] = dataclasses.field(default_factory=list)
    has_focus: bool = False

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed into the row."""
        return not any(getattr(self, part).strip() for part in PARTS if part != "field")

    @property
    def has_more(self) -> bool:
        """Return whether it has more than a field and a path."""
        return bool(self.faults) or any(getattr(self, part).strip() for part in PARTS[2:])

    def map_lines(self) -> list[str]:
        """Return the lines of the map that have something."""
        return [line for line in self.map.splitlines() if line.strip()]

    def rule(self) -> Any:
        """Return the rule as JSON: the path alone where there is nothing else."""
        rule: dict[str, Any] = {"path": self.path.strip()}
        for part in ("scale", "round", "default"):
            if text := getattr(self, part).strip():
                rule[part] = typed(text)
        if self.map.strip():
            rule["map"] = {a.strip(): typed(b.strip()) for a, _, b in map(_entry, self.map_lines())}
        return rule if len(rule) > 1 else rule["path"]


class PullForm(CheckedForm):
    """The settings of a pull. A stored secret is never drawn; an empty field keeps it."""

    groups_of_fields: ClassVar[Mapping[str, Sequence[str]]] = {
        "Where": ("url", "format", "intervalMinutes", "paused"),
        "Sign-in": ("authKind", "authName", "authSecret"),
    }

    url = forms.CharField(
        label="Address",
        strip=False,
        help_text="A public https address that answers with JSON.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    format = forms.ChoiceField(
        label="What it answers with",
        choices=PullFormat.choices,
        help_text="With a mapping, say below where each field stands.",
    )
    intervalMinutes = forms.CharField(
        label="Minutes between two pulls",
        required=False,
        help_text="5 to 1,440.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    paused = forms.BooleanField(label="Paused", required=False, help_text="Nothing is pulled while it is.")
    authKind = forms.ChoiceField(label="How we introduce ourselves", choices=AuthKind.choices)
    authName = forms.CharField(
        label="User name, or name of the header",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    authSecret = forms.CharField(
        label="Token, password or value",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: QueryDict | None = None, *, present: PullSource | None) -> None:
        super().__init__(data, initial=_drawn(present))
        self.label_suffix = ""
        self.present = present
        self.settings: dict[str, Any] = {}
        self.wanted: dict[str, Any] = {}
        self.rows = rows_posted(data) if data is not None else rows_of(present.mapping if present else {})
        self.mapping_faults: list[str] = []
        is_kept = present is not None and bool(present.auth_secret)
        self.fields["authSecret"].help_text = "One is stored. Empty: it stays." if is_kept else "Stored sealed."

    def groups(self) -> list[FieldGroup]:
        """Return the fields in the order in which they are drawn."""
        return [FieldGroup(title, [self[n] for n in names]) for title, names in self.groups_of_fields.items()]

    def focus(self) -> None:
        """Put the cursor into the first field with a fault, or else into the first such rule."""
        super().focus()
        row = next((row for row in self.rows if row.faults), None)
        if row is not None and not any(name in self.errors for name in self.fields):
            row.has_focus = True

    def clean(self) -> dict[str, Any]:
        """Judge the settings as the API does; `settings` is their JSON, `wanted` what they mean."""
        data = super().clean() or {}
        self.settings = self._json(data)
        fields = [row.field for row in self.rows if not row.is_blank]
        for row in self.rows:
            if not row.is_blank and fields.count(row.field) > 1:
                row.faults.append("This field has more than one rule.")
            if any(_ENTRY not in line for line in row.map_lines()):
                row.faults.append("Map: each line must be of the form: from = to.")
        try:
            self.wanted = read_settings(self.settings, self.present, is_partial=False)
        except InvalidFields as error:
            self.add_faults(error.errors)
        if self.mapping_faults or any(row.faults for row in self.rows):
            self.add_error(None, "The mapping is not valid; see below.")
        return data

    def add_faults(self, faults: Sequence[FieldError]) -> None:
        """Show each fault beside its field, that of a rule in its row."""
        for fault in faults:
            top, _, rest = fault.field.partition(".")
            row = self._row_of(rest) if top == "mapping" and rest else None
            if row is not None:
                part = rest.removeprefix(row.field).removeprefix(".")
                row.faults.append(f"{part.capitalize()}: {fault.message}." if part else sentence_of(fault))
            elif top == "mapping":
                self.mapping_faults.append(sentence_of(fault))
            else:
                name = "auth" + rest.capitalize() if top == "auth" and rest else fault.field
                super().add_faults([FieldError("authKind" if name == "auth" else name, fault.code, fault.message)])

    def _row_of(self, place: str) -> RuleRow | None:
        """Return the row that a path is about; `tiers[].price.scale` is about `tiers[].price`."""
        fits = [row for row in self.rows if place == row.field or place.startswith(f"{row.field}.")]
        return max(fits, key=lambda row: len(row.field), default=None)

    def _json(self, data: Mapping[str, Any]) -> dict[str, Any]:
        auth = {"kind": data.get("authKind", "")}
        auth |= {"name": data["authName"].strip()} if data.get("authName", "").strip() else {}
        auth |= {"secret": data["authSecret"]} if data.get("authSecret") else {}
        settings = {"url": data.get("url", "").strip(), "format": data.get("format", ""), "auth": auth}
        minutes = data.get("intervalMinutes", "").strip()
        settings |= {"intervalMinutes": typed(minutes)} if minutes else {}
        rules = {row.field: row.rule() for row in self.rows if not row.is_blank}
        return settings | {"paused": bool(data.get("paused")), "mapping": rules}


def _entry(line: str) -> tuple[str, str, str]:
    """Split a line of a map, at the first sign with blanks around it where there is one."""
    return line.partition(f" {_ENTRY} ") if f" {_ENTRY} " in line else line.partition(_ENTRY)


def typed(text: str) -> Any:
    """Return the value that a text spells in JSON (7, true, null, ["en"]), else the text itself."""
    try:
        return loads(text.encode())
    except (MalformedBody, UnicodeEncodeError):
        return text


def redrawn(data: QueryDict, *, present: PullSource | None, wish: str) -> PullForm:
    """Return the form as it was posted, unjudged, with one more rule or one less.

    wish: `add-row`, or `remove-row-<number>`; anything else leaves the rows.
    """
    form = PullForm(present=present)
    drawn = {name: data.get(name, "") for name in form.fields if name != "authSecret"}
    form.initial = {**drawn, "paused": "paused" in data}
    form.rows = [row for row in rows_posted(data) if wish != f"remove-row-{row.number}"]
    if wish == "add-row" and len(form.rows) < MAX_RULES:
        taken = {row.field for row in form.rows}
        form.rows.append(RuleRow(0, next((name for name in NAMES if name not in taken), NAMES[0])))
    for number, row in enumerate(form.rows):
        row.number = number
    return form


def rows_posted(data: Any) -> list[RuleRow]:
    """Return the rows of the post; more than can be valid are read, so that too many are refused."""
    rows = []
    for number in range(MAX_RULES + 1):
        given = {part: text for part in PARTS if (text := data.get(f"rule-{number}-{part}")) is not None}
        if given:
            row = RuleRow(number)
            for part, text in given.items():
                setattr(row, part, text)
            rows.append(row)
    return rows


def rows_of(mapping: Mapping[str, Any]) -> list[RuleRow]:
    """Return the rules of a mapping as rows, at least one."""
    rows = []
    for number, (name, given) in enumerate(mapping.items()):
        rule: Mapping[str, Any] = {"path": given} if isinstance(given, str) else given
        row = RuleRow(number, name, rule["path"])
        for part in ("scale", "round", "default"):
            setattr(row, part, _spelled(rule[part]) if part in rule else "")
        row.map = "\n".join(f"{a} {_ENTRY} {_spelled(b)}" for a, b in (rule.get("map") or {}).items())
        rows.append(row)
    return rows or [RuleRow(0, NAMES[0])]


def _spelled(value: Any) -> str:
    """Return a value as `typed` reads it; a text that would be read as something else is quoted."""
    return value if isinstance(value, str) and typed(value) == value else dumps(value).decode()


def _drawn(present: PullSource | None) -> dict[str, Any]:
    if present is None:
        return {"format": PullFormat.FLUXME, "intervalMinutes": "15", "authKind": AuthKind.NONE}
    return {
        "url": present.url,
        "format": present.format,
        "intervalMinutes": str(present.interval_seconds // 60),
        "paused": present.is_paused,
        "authKind": present.auth_kind,
        "authName": present.auth_name,
    }
