"""The base of every JSON input: all errors in one answer, unknown names refused, nothing coerced."""

import difflib
import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.fields import Field
from rest_framework.request import Request

from api.errors import FieldError, InvalidFields
from api.validation import field_errors

MAX_UNKNOWN_FIELDS = 20
MAX_SHOWN_NAME = 100


class StrictSerializer(serializers.Serializer[Any]):
    """A JSON object with exactly the declared fields.

    refuse_unknown: set False where a contract ignores or reports unknown names instead.
    """

    refuse_unknown: ClassVar[bool] = True
    default_error_messages = {"invalid": "must be a JSON object"}

    @classmethod
    def parse(
        cls, request: Request, *, partial: bool = False, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the validated fields of the request's body; absent optional fields stay absent.

        Raises InvalidFields (400) that names every fault at once.
        """
        return cls.parse_data(request.data, partial=partial, context=context)

    @classmethod
    def parse_data(
        cls, data: Any, *, partial: bool = False, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Validate parsed JSON; the same as `parse` without a request."""
        if not isinstance(data, dict):
            raise InvalidFields(errors=(FieldError("", "not_an_object", "The body must be a JSON object."),))
        serializer = cls(data=data, partial=partial, context=context or {})
        valid = serializer.is_valid()
        faults = () if valid else field_errors(serializer.errors)
        faults += serializer.unknown_fields()
        if faults:
            raise InvalidFields(errors=faults)
        validated: dict[str, Any] = serializer.validated_data
        return validated

    def unknown_fields(self) -> tuple[FieldError, ...]:
        """Return an error for each name that this object and those inside it do not have, with the nearest one.

        After 20 names one last error says that there are more: looking for the nearest name takes time.
        """
        found = _unknown_names(self, self.initial_data, "")
        faults = [
            FieldError(path, "unknown_field", unknown_field_sentence(name, fields))
            for path, name, fields in itertools.islice(found, MAX_UNKNOWN_FIELDS)
        ]
        if next(found, None):
            faults.append(FieldError("", "unknown_field", "there are more unknown fields"))
        return tuple(faults)


def _unknown_names(
    field: Field[Any, Any, Any, Any] | None, data: Any, path: str
) -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and known names of everything that no serializer at or below the field declares."""
    if isinstance(field, serializers.Serializer) and isinstance(data, dict):
        for name, item in data.items():
            inner = f"{path}.{name}" if path else name
            if name in field.fields:
                yield from _unknown_names(field.fields[name], item, inner)
            elif isinstance(field, StrictSerializer) and field.refuse_unknown:
                yield inner[:MAX_SHOWN_NAME], name, field.fields
    elif isinstance(field, serializers.ListSerializer | serializers.ListField) and isinstance(data, list):
        for index, item in enumerate(data):
            yield from _unknown_names(field.child, item, f"{path}[{index}]")


def unknown_field_sentence(name: str, known: Any) -> str:
    """Return "unknown field", with the nearest known name when one is close."""
    nearest = difflib.get_close_matches(name[:MAX_SHOWN_NAME], list(known), n=1)
    return f"unknown field; did you mean {nearest[0]}?" if nearest else "unknown field"
