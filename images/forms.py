"""The forms of the pages. Which values there are, and what they must be, is said by the API's own serializer."""
# ruff: noqa: N815 - the names are those of the API's form

from typing import Any, ClassVar, cast
from uuid import uuid4

from django import forms
from rest_framework import serializers
from rest_framework.request import Request

from api.errors import FieldError, InvalidFields
from api.forms import CheckedForm, FieldGroup
from images.inputs import EXCLUSIVE, CompressInput
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
    "TL": "Top left",
    "TC": "Top",
    "TR": "Top right",
    "ML": "Left",
    "MC": "Centre",
    "MR": "Right",
    "BL": "Bottom left",
    "BC": "Bottom",
    "BR": "Bottom right",
    "true": "Yes",
    "false": "No, encode it in any case",
}


def _choice(name: str, label: str, help_text: str = "") -> forms.ChoiceField:
    rule = _RULES[name]
    values = getattr(rule, "choices", ("true", "false"))
    choices = [(value, _TITLES.get(value, value)) for value in values if value not in _NOT_SHOWN]
    initial = str(rule.default).lower() if isinstance(rule.default, bool) else rule.default
    return forms.ChoiceField(label=label, choices=choices, initial=initial, help_text=help_text)


def _number(name: str, label: str, help_text: str = "", *, step: str = "1") -> forms.CharField:
    rule = _RULES[name]
    default = None if rule.default is serializers.empty else str(rule.default)
    mode = "numeric" if step == "1" else "decimal"
    attributes = {"min": rule.min_value, "max": rule.max_value, "step": step, "inputmode": mode}
    # Text, because the serializer is the judge of numbers.
    return forms.CharField(
        label=label,
        required=default is not None,
        initial=default,
        help_text=help_text,
        widget=forms.NumberInput({name: value for name, value in attributes.items() if value is not None}),
    )


class ImageForm(CheckedForm):
    """Images, and what is to be made of them. `wanted`: files, options and session_id of a valid form."""

    advanced_names: ClassVar[tuple[str, ...]] = ()

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
        return FieldGroup("", [field for field in self.visible_fields() if field.name not in self.advanced_names])

    @property
    def advanced(self) -> FieldGroup:
        """Return what few people need."""
        return FieldGroup("", [field for field in self.visible_fields() if field.name in self.advanced_names])

    @property
    def has_faulty_options(self) -> bool:
        """Return whether the options have to be seen."""
        return any(field.errors for field in self.options.visible_fields)

    @property
    def has_advanced_wishes(self) -> bool:
        """Return whether what few people need was used, or used wrongly."""
        return self.is_bound and any(
            field.errors or field.name in self.changed_data for field in self.advanced.visible_fields
        )

    def clean(self) -> dict[str, Any]:
        """Judge the values as the API does; what is empty has the value that the API gives it."""
        data = super().clean() or {}
        files = self.files.getlist("file")
        if not files:
            raise forms.ValidationError("Choose an image first.")
        if any(data.get(name) for name in EXCLUSIVE[1:]):
            # It is filled in from the start, so it says nothing about what is wanted.
            data.pop(EXCLUSIVE[0], None)
        sent = {name: [_as_sent(value)] for name, value in data.items() if value} | {"file": files}
        try:
            self.wanted = CompressInput.parse_sent(sent, cast(Request, self._upload))
        except InvalidFields as error:
            self.add_faults([self._in_own_words(fault) for fault in error.errors])
        return data

    def _in_own_words(self, fault: FieldError) -> FieldError:
        """Return a fault in which the field that another one is at odds with has the label of the form."""
        if fault.code != "exclusive":
            return fault
        sentence, _, name = fault.message.rpartition(" ")
        return FieldError(fault.field, fault.code, f"{sentence} “{self.fields[name].label}”")


def _as_sent(value: Any) -> Any:
    """Return a cleaned value in the API's spelling."""
    return "true" if value is True else value


class CompressForm(ImageForm):
    """Everything that members may ask for."""

    advanced_names = (
        "targetSsim",
        "targetBytes",
        "lossy",
        "keepSmallest",
        "watermarkFile",
        "watermarkPosition",
        "watermarkScale",
        "watermarkOpacity",
    )

    maxWidth = _number("maxWidth", "Not wider than", "Pixels. Smaller images stay as they are.")
    maxHeight = _number("maxHeight", "Not higher than", "Pixels.")
    metadata = _choice("metadata", "Metadata to keep", "Cameras write place, time and device into photos.")
    targetSsim = _number(
        "targetSsim",
        "Similarity to keep",
        "0.5001 to 0.9999; 0.98 is hard to tell apart. Replaces the quality.",
        step="0.0001",
    )
    targetBytes = _number("targetBytes", "Size not to exceed", "Bytes for each image. Replaces the quality.")
    keepSmallest = _choice("keepSmallest", "Keep originals that are smaller", "In the same format only.")
    lossy = forms.BooleanField(
        label="PNG with fewer colours", required=False, help_text="At most 256. Other formats are not affected."
    )
    watermarkFile = forms.FileField(
        label="Watermark",
        required=False,
        allow_empty_file=True,
        help_text="A PNG that is laid over every image.",
        widget=forms.FileInput({"accept": "image/png"}),
    )
    watermarkPosition = _choice("watermarkPosition", "Place of the watermark")
    watermarkScale = _number("watermarkScale", "Width of the watermark", "5 to 50 % of the image's width.")
    watermarkOpacity = _number("watermarkOpacity", "Opacity of the watermark", "0 to 100 %.")
    # All that a page sends is one session, so that one archive holds it.
    sessionId = forms.CharField(required=False, initial=lambda: uuid4().hex, widget=forms.HiddenInput)


class TryForm(ImageForm):
    """What everybody may ask for: a format by its name, and a quality."""

    def __init__(self, upload: Request | None = None) -> None:
        super().__init__(upload)
        field = cast(forms.ChoiceField, self.fields["format"])
        field.choices = [(value, title) for value, title in _TITLES.items() if value in MEDIA_TYPES]
