"""Inputs of a PATCH that takes fewer fields than the POST."""

from typing import ClassVar

from api.errors import FieldError
from api.serializers import StrictSerializer


class ChangesSerializer(StrictSerializer):
    """A JSON object of changes. fixed: names that a POST takes and a PATCH refuses in a sentence of its own."""

    fixed: ClassVar[tuple[str, ...]] = ()

    def unknown_fields(self) -> tuple[FieldError, ...]:
        """Return an error for each name that is not declared."""
        return tuple(
            FieldError(fault.field, "fixed", "cannot be changed after creation")
            if fault.field in self.fixed
            else fault
            for fault in super().unknown_fields()
        )
