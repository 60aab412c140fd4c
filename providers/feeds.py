"""What a provider's server sent, as fields of a listing: parsed strictly, mapped, and judged field by field.

Knows no database. The judge is the push's own serializer; what it refuses is left out and named, and the valid
rest goes on: a provider that sends one nonsense should not lose the other twenty fields.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rest_framework.exceptions import ValidationError

from api import parsers
from api.errors import FieldError, MalformedBody
from api.validation import field_errors
from providers import mapping
from providers.models import PullFormat, PullSource
from providers.names import WRITABLE_NAMES
from providers.serializers import ProviderInput, ignored_names

MAX_FAULTS = 50
MAX_MESSAGE = 300
_TOP_NAME = re.compile(r"[A-Za-z]+")


class Unusable(Exception):
    """Nothing of the answer can be applied. code: stable; message: a sentence; invalid: the fields at fault."""

    def __init__(self, code: str, message: str, invalid: tuple[FieldError, ...] = ()) -> None:
        self.code, self.message, self.invalid = code, message[:MAX_MESSAGE], invalid
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed as it was understood.

    mapped: values by the API's names, before they are judged. fields: the valid ones, attribute → value.
    invalid: what is wrong with the others. ignored: protected and unknown names.
    """

    mapped: dict[str, Any]
    fields: dict[str, Any]
    invalid: tuple[FieldError, ...]
    ignored: tuple[FieldError, ...]


def read(source: PullSource, body: bytes) -> Reading:
    """Return what the body says, in the format of the source. Raises Unusable."""
    try:
        document = parsers.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except MalformedBody as error:
        raise Unusable("bad_json", error.message) from None
    faults: tuple[FieldError, ...] = ()
    ignored: tuple[FieldError, ...] = ()
    if source.format == PullFormat.MAPPING:
        mapped, faults = _mapped(source, document)
    elif isinstance(document, dict):
        mapped, ignored = {n: v for n, v in document.items() if n in WRITABLE_NAMES}, ignored_names(document)
    else:
        raise Unusable(
            "not_an_object", "The answer is valid JSON, but not an object with the fields of a listing."
        )
    fields, invalid = judged(mapped)
    invalid = (faults + invalid)[:MAX_FAULTS]
    if not fields:
        if invalid:
            raise Unusable("nothing_valid", "No field of the answer is valid.", invalid)
        raise Unusable("nothing_found", "The answer has no field of a listing.")
    return Reading(mapped, fields, invalid, ignored)


def judged(values: dict[str, Any]) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """Return the valid fields, attribute → value, and every fault of the others."""
    judge = _judge()
    try:
        return dict(judge.run_validation(values)), ()
    except ValidationError as error:
        invalid = field_errors(error.detail)
    at_fault = {found[0] for fault in invalid if (found := _TOP_NAME.match(fault.field))}
    valid = {name: value for name, value in values.items() if name not in at_fault}
    return dict(judge.run_validation(valid)), invalid


@lru_cache(maxsize=1)
def _judge() -> ProviderInput:
    """Return the push's serializer, whose fields are made once: making them costs as much as a fetch.

    Validating changes nothing in it, so all threads share it.
    """
    return ProviderInput()


def _mapped(source: PullSource, document: Any) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    try:
        found = mapping.apply(mapping.compiled(source.mapping), document)
    except mapping.BadMapping as error:
        raise Unusable("bad_mapping", f"The mapping cannot be used any more: {error}.") from None
    except mapping.TooCostly:
        raise Unusable(
            "too_costly", "The mapping would take too long on this answer. Use simpler expressions."
        ) from None
    return found.values, found.faults
