"""The base of every JSON input: all errors in one answer, unknown names refused, nothing coerced."""

import difflib
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from api.errors import FieldError, InvalidFields
from api.validation import field_errors


class StrictSerializer(serializers.Serializer[Any]):
    """A JSON object with exactly the declared fields.

    refuse_unknown: set False where a contract ignores or reports unknown names instead.
    """

    refuse_unknown: ClassVar[bool] = True

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
        if cls.refuse_unknown:
            faults += serializer.unknown_fields()
        if faults:
            raise InvalidFields(errors=faults)
        validated: dict[str, Any] = serializer.validated_data
        return validated

    def unknown_fields(self) -> tuple[FieldError, ...]:
        """Return an error for each name that this object does not have, with the nearest one it has."""
        return tuple(
            FieldError(name, "unknown_field", unknown_field_sentence(name, self.fields))
            for name in self.initial_data
            if name not in self.fields
        )


def unknown_field_sentence(name: str, known: Any) -> str:
    """Return "unknown field", with the nearest known name when one is close."""
    nearest = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown field; did you mean {nearest[0]}?" if nearest else "unknown field"
