"""The base of forms whose values are judged by a serializer or a service, and how their faults are drawn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms

from api.errors import FieldError

_FIRST_WORD = re.compile(r"\w+")
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that are drawn together; `form_fields.html` takes it in the place of a form."""

    title: str
    visible_fields: list[forms.BoundField]


class CheckedForm(forms.Form):
    """A form whose faults are those that a serializer, or a service afterwards, found."""

    def add_faults(self, faults: Sequence[FieldError]) -> None:
        """Show each fault beside its field, one that has no field at the top."""
        for fault in faults:
            found = _FIRST_WORD.match(fault.field)
            name = found[0] if found and found[0] in self.fields else None
            if name is None or name not in self.errors:
                self.add_error(name, sentence_of(fault))

    def focus(self) -> None:
        """Let the browser put the cursor into the first field that has a fault."""
        name = next((name for name in self.fields if name in self.errors), None)
        if name is not None:
            self.fields[name].widget.attrs["autofocus"] = True


def sentence_of(fault: FieldError) -> str:
    """Return a fault as a sentence of its own: "Must be in the future." or "Number 3: must be a single line."."""
    index = _INDEX.search(fault.field)
    text = f"Number {int(index[1]) + 1}: {fault.message}" if index else fault.message
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
