"""Directories as files: JSON and CSV become rows in the API's words. Knows no database.

CSV is what `/providers/export.csv` writes, or a sheet with the same headings. A cell is read by its column:
`true` and `false`, numbers, lists divided by `;` or as JSON, and prices as JSON or as `size:price:plan`
divided by `;`. An empty cell says nothing.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.errors import PlatformError
from api.fields import StrictBooleanField, StrictDecimalField, StrictIntegerField
from api.parsers import loads
from providers.fields import DistinctListField
from providers.serializers import ProviderInput

_FIELDS = ProviderInput().fields
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
# What the export puts before a text that a spreadsheet would run.
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])")


class UnreadableFile(ValueError):
    """The file as a whole is not what its format says; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One listing of a file. place: where it stands, for people. data: the API's names and JSON values."""

    place: str
    data: Any


def read_rows(content: bytes, file_format: str) -> list[Row]:
    """Return the rows of a file. file_format: `json` or `csv`, both UTF-8. Raises UnreadableFile."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"The file is not UTF-8 (byte {error.start}).") from None
    return _read_csv(text) if file_format == "csv" else _read_json(text)


def _read_json(text: str) -> list[Row]:
    """Return the objects of a list, or of the `items` of an answer of `GET /api/providers`."""
    try:
        found = loads(text.encode())
    except PlatformError as error:
        raise UnreadableFile(error.message) from None
    while isinstance(found, dict) and ("items" in found or "data" in found):
        found = found.get("items", found.get("data"))
    if not isinstance(found, list):
        raise UnreadableFile("The file must be a JSON list of listings, or an object with such a list as items.")
    return [Row(f"listing {number}", data) for number, data in enumerate(found, 1)]


def _read_csv(text: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        if "slug" not in names or len(set(names)) < len(names):
            raise UnreadableFile("The first line must name the columns, each once, and slug among them.")
        reader.fieldnames = names
        for cells in reader:
            place = f"line {reader.line_num}"
            if None in cells:
                raise UnreadableFile(f"The row that ends on {place} has more cells than the first line.")
            rows.append(Row(place, {name: _value(name, cell) for name, cell in cells.items() if cell}))
    except csv.Error as error:
        raise UnreadableFile(f"After line {reader.line_num}: {error}.") from None
    return rows


def _value(name: str, cell: str) -> Any:
    """Return a cell as the JSON that it stands for; what stands for none stays text, and is refused."""
    field = _FIELDS.get(name)
    text = _GUARDED.sub("", cell, count=1) if cell.startswith("'") else cell
    if isinstance(field, StrictBooleanField):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if isinstance(field, StrictIntegerField | StrictDecimalField):
        return _number(text)
    if isinstance(field, DistinctListField):
        return _list(text, _tier if name == "tiers" else str.strip)
    return text


def _list(text: str, read: Callable[[str], Any]) -> Any:
    if text.lstrip().startswith("["):
        try:
            return loads(text.encode())
        except (PlatformError, UnicodeEncodeError):
            return text
    return [read(part) for part in text.split(";") if part.strip()]


def _tier(text: str) -> dict[str, Any]:
    size, _, rest = text.strip().partition(":")
    price, _, plan_name = rest.partition(":")
    tier: dict[str, Any] = {"tier": size, "price": _number(price)}
    return tier | ({"planName": plan_name} if plan_name else {})


def _number(text: str) -> Any:
    return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else text
