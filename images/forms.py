"""The forms of the pages. Which values there are, and what they must be, is said by the API's own serializer."""
# ruff: noqa: N815 - the names are those of the API's form

from typing import Any, cast
from uuid import uuid4

from django import forms
from rest_framework import serializers
from rest_framework.request import Request

from api.errors import InvalidFields
from api.forms import CheckedForm, FieldGroup
from images.inputs import CompressInput
from images.models import MEDIA_TYPES

_RULES: Any = CompressInput().fields
# Another spelling of jpg, for programs.
_NOT_SHOWN = {"jpeg"}
_TITLES = {
    "auto": "Smallest of WebP and AVIF",
    "original": "Same as the original",
    "webp": "WebP",
    "avif": "AVIF",
    "jpg": "JPEG",
    "png": "PNG, without loss",
    "none": "None",
    "copyright": "Copyright and author",
    "all": "All of it",
}


def _choice(name: str, label: str, help_text: str = "") -> forms.ChoiceField:
    rule = _RULES[name]
    choices = [(value, _TITLES.get(value, value)) for value in rule.choices if value not in _NOT_SHOWN]
    return forms.ChoiceField(label=label, choices=choices, initial=rule.default, help_text=help_text)


def _number(name: str, label: str, help_text: str = "") -> forms.CharField:
    rule = _RULES[name]
    default = None if rule.default is serializers.empty else rule.default
    widget = forms.NumberInput(attrs={"min": rule.min_value, "max": rule.max_value, "inputmode": "numeric"})
    # Text, because the serializer is the judge of numbers.
    return forms.CharField(
        label=label, required=default is not None, initial=default, help_text=help_text, widget=widget
    )


class ImageForm(CheckedForm):
    """Images, and what is to be made of them. `wanted`: files, options and session_id of a valid form."""

    format = _choice("format", "Format")
    quality = _number("quality", "Quality", "40 to 100. 82 looks the same as before to nearly everybody.")

    def __init__(self, upload: Request | None = None) -> None:
        self._upload = upload
        self.wanted: dict[str, Any] = {}
        sent = {} if upload is None else {"data": upload.POST, "files": upload.FILES}
        super().__init__(**sent, label_suffix="")

    @property
    def options(self) -> FieldGroup:
        """Return what is drawn below the files."""
        return FieldGroup("", self.visible_fields())

    @property
    def has_faulty_options(self) -> bool:
        """Return whether the options have to be seen."""
        return any(field.errors for field in self.visible_fields())

    def clean(self) -> dict[str, Any]:
        """Judge the values as the API does; what is empty has the value that the API gives it."""
        data = super().clean() or {}
        files = self.files.getlist("file")
        if not files:
            raise forms.ValidationError("Choose an image first.")
        sent = {name: [value] for name, value in data.items() if value} | {"file": files}
        try:
            self.wanted = CompressInput.parse_sent(sent, cast(Request, self._upload))
        except InvalidFields as error:
            self.add_faults(error.errors)
        return data


class CompressForm(ImageForm):
    """Everything that members may ask for."""

    maxWidth = _number("maxWidth", "Not wider than", "Pixels. Smaller images stay as they are.")
    maxHeight = _number("maxHeight", "Not higher than", "Pixels.")
    metadata = _choice("metadata", "Metadata to keep", "Cameras write place, time and device into photos.")
    # All that a page sends is one session, so that one archive holds it.
    sessionId = forms.CharField(required=False, initial=lambda: uuid4().hex, widget=forms.HiddenInput)


class TryForm(ImageForm):
    """What everybody may ask for: a format by its name, and a quality."""

    def __init__(self, upload: Request | None = None) -> None:
        super().__init__(upload)
        field = cast(forms.ChoiceField, self.fields["format"])
        field.choices = [(value, title) for value, title in _TITLES.items() if value in MEDIA_TYPES]
