"""Lists: strict query parameters, and a page of rows.

Every list has `skip` (0), `take` (20, at most 100), `sortBy`, `sortDesc` (true) and answers
`{items, totalCount, skip, take}`. The id breaks ties. What is unknown, repeated or out of range is a 400.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from rest_framework import serializers

from api.errors import FieldError, InvalidFields
from api.fields import StrictDateTimeField
from api.serializers import unknown_field_sentence
from store.fields import UUID_TEXT
from store.searching import Search
from store.totals import Pace, total

DEFAULT_TAKE, MAX_TAKE, MAX_SKIP, MAX_IDS, MAX_SEARCH = 20, 100, 1_000_000, 100, 100
_DIGITS = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_moment = StrictDateTimeField()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter. read: text → value, raises ValueError with a sentence. schema: its OpenAPI form."""

    read: Callable[[str], Any]
    schema: dict[str, Any]
    description: str
    default: Any = None


def whole_number(low: int, high: int, default: int, description: str) -> Parameter:
    """Return a parameter for a whole number."""

    def read(text: str) -> int:
        if not _DIGITS.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    schema = {"type": "integer", "minimum": low, "maximum": high, "default": default}
    return Parameter(read, schema, description, default)


def one_of(names: tuple[str, ...], default: str | None, description: str) -> Parameter:
    """Return a parameter for one of some words."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of: {', '.join(names)}")
        return text

    schema: dict[str, Any] = {"type": "string", "enum": list(names)}
    return Parameter(read, schema | ({"default": default} if default else {}), description, default)


def true_or_false(default: bool | None, description: str) -> Parameter:
    """Return a parameter for `true` or `false`; without a default, absence asks for both."""

    def read(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError("must be true or false")
        return text == "true"

    schema: dict[str, Any] = {"type": "boolean"}
    return Parameter(read, schema | ({} if default is None else {"default": default}), description, default)


def moment(description: str) -> Parameter:
    """Return a parameter for a time with an offset."""

    def read(text: str) -> datetime:
        try:
            return _moment.to_internal_value(text)
        except serializers.ValidationError as fault:
            detail: Any = fault.detail
            raise ValueError(str(detail[0])) from None

    return Parameter(read, {"type": "string", "format": "date-time"}, description)


def day(description: str) -> Parameter:
    """Return a parameter for a day of this century, as in 2026-11-27."""

    def read(text: str) -> date:
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            # 30 February looks like a day.
            pass
        raise ValueError("must be a day such as 2026-11-27, of the years 2000 to 2099")

    return Parameter(read, {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-"}, description)


def some_text(description: str) -> Parameter:
    """Return a parameter for a text of at most 100 characters; an empty one asks for nothing."""

    def read(text: str) -> str:
        if len(text) > MAX_SEARCH:
            raise ValueError(f"must have at most {MAX_SEARCH} characters")
        return text.strip()

    schema = {"type": "string", "maxLength": MAX_SEARCH, "pattern": r"^[^\x00]*$"}
    return Parameter(read, schema, description, "")


def some_ids(description: str) -> Parameter:
    """Return a parameter for UUIDs with commas between them."""

    def read(text: str) -> list[uuid.UUID]:
        items = text.split(",")
        if len(items) > MAX_IDS or not all(UUID_TEXT.fullmatch(item) for item in items):
            raise ValueError(f"must be 1 to {MAX_IDS} UUIDs with commas between them")
        return [uuid.UUID(item) for item in items]

    item = {"type": "string", "format": "uuid"}
    return Parameter(read, {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_IDS}, description)


def one_id(description: str) -> Parameter:
    """Return a parameter for one UUID."""

    def read(text: str) -> uuid.UUID:
        if not UUID_TEXT.fullmatch(text):
            raise ValueError("must be a UUID")
        return uuid.UUID(text)

    return Parameter(read, {"type": "string", "format": "uuid"}, description)


def read_parameters(parameters: Mapping[str, Parameter], query: QueryDict) -> dict[str, Any]:
    """Return the value of every parameter, the default of those that are absent.

    Raises InvalidFields (400) that names every fault of the query.
    """
    values = {name: parameter.default for name, parameter in parameters.items()}
    faults = []
    for name, texts in query.lists():
        parameter = parameters.get(name)
        if parameter is None:
            sentence = unknown_field_sentence(name, parameters).replace("field", "parameter", 1)
            faults.append(FieldError(name, "unknown_parameter", sentence))
        elif len(texts) != 1:
            faults.append(FieldError(name, "repeated", "must be given once"))
        else:
            try:
                values[name] = parameter.read(texts[0])
            except ValueError as fault:
                faults.append(FieldError(name, "invalid", str(fault)))
    if faults:
        raise InvalidFields("Some parameters are not valid.", errors=tuple(faults))
    return values


# Query parameters that narrow a list, and the lookup that each becomes, or what narrows the rows by the value.
Narrow = Callable[[Any, Any], QuerySet[Any]]
Filters = dict[str, tuple[Parameter, str | Narrow]]
CREATED: Filters = {
    "createdFrom": (moment("Created at this time or later."), "created_at__gte"),
    "createdTo": (moment("Created at this time or earlier."), "created_at__lte"),
}
BY_IDS: Filters = {"ids": (some_ids("Only these; unknown ids are left out."), "pk__in")}
UPDATED: Filters = {"updatedSince": (moment("Changed at this time or later."), "updated_at__gte")}


@dataclass(frozen=True)
class Listing:
    """One list. sorts: word of `sortBy` → column. search: where `search` looks; None, no `search`.

    pace: for long lists, how their rows change, as `store.totals` wants it.
    """

    output: type[serializers.Serializer[Any]]
    sorts: Mapping[str, str]
    default_sort: str
    search: Search | None = None
    filters: Filters = field(default_factory=lambda: {**CREATED, **BY_IDS})
    pace: Pace = field(default_factory=Pace)
    parameters: Mapping[str, Parameter] = field(init=False)

    def __post_init__(self) -> None:
        """Settle the parameters once."""
        base = {
            "skip": whole_number(0, MAX_SKIP, 0, "Rows to leave out at the beginning."),
            "take": whole_number(1, MAX_TAKE, DEFAULT_TAKE, "Rows to answer at most."),
            "sortBy": one_of(tuple(self.sorts), self.default_sort, "What to sort by; the id breaks ties."),
            "sortDesc": true_or_false(True, "Whether the greatest comes first."),
        }
        if self.search:
            base["search"] = some_text("Part of a name, ignoring case.")
        filters = {name: parameter for name, (parameter, _) in self.filters.items()}
        object.__setattr__(self, "parameters", base | filters)

    def page(self, rows: QuerySet[Any], query: QueryDict, context: dict[str, Any]) -> dict[str, Any]:
        """Return `{items, totalCount, skip, take}` of the rows that the query asks for.

        Raises InvalidFields (400) that names every fault of the query.
        """
        wanted = self.read(query)
        chosen = self.narrowed(rows, wanted, context)
        skip, take = wanted["skip"], wanted["take"]
        number = self.number(rows, chosen, wanted, context)
        # The ids alone come from the index: whole rows, with what they join, are read for this page and no other.
        walked = self.walked(rows, chosen, wanted, context, number)
        ids = _slice(self._sorted(walked, wanted).values("pk"), skip, take, number)
        found = list(self._sorted(rows.filter(pk__in=ids), wanted))
        items = self.output(found, many=True, context=context).data
        return {"items": items, "totalCount": number, "skip": skip, "take": take}

    def number(
        self, rows: QuerySet[Any], chosen: QuerySet[Any], wanted: dict[str, Any], context: dict[str, Any]
    ) -> int:
        """Return how many of the rows were chosen."""
        return total(chosen, context["store"], self.pace.of(wanted))

    def walked(
        self,
        rows: QuerySet[Any],
        chosen: QuerySet[Any],
        wanted: dict[str, Any],
        context: dict[str, Any],
        number: int,
    ) -> QuerySet[Any]:
        """Return the chosen rows as they are best found one after the other in their order."""
        return chosen

    def read(self, query: QueryDict) -> dict[str, Any]:
        """Return the value of every parameter, the default of those that are absent."""
        return read_parameters(self.parameters, query)

    def narrowed(self, rows: QuerySet[Any], wanted: dict[str, Any], context: dict[str, Any]) -> QuerySet[Any]:
        """Return the rows that the parameters ask for."""
        for name, (_, lookup) in self.filters.items():
            if wanted[name] is None:
                continue
            rows = rows.filter(**{lookup: wanted[name]}) if isinstance(lookup, str) else lookup(rows, wanted[name])
        if self.search and wanted["search"]:
            return self.search.narrowed(rows, context["store"], wanted["search"])
        return rows

    def _sorted(self, rows: QuerySet[Model], wanted: dict[str, Any]) -> QuerySet[Model]:
        sign = "-" if wanted["sortDesc"] else ""
        return rows.order_by(sign + self.sorts[wanted["sortBy"]], sign + "pk")


def _slice(rows: QuerySet[Any, Any], skip: int, take: int, number: int) -> QuerySet[Any, Any]:
    """Return a page of sorted rows, found from the nearer end: the last page costs what the first does."""
    if skip <= number // 2:
        return rows[skip : skip + take]
    return rows.reverse()[max(0, number - skip - take) : max(0, number - skip)]
