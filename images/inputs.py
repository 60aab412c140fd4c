"""The multipart form of a compression."""
# ruff: noqa: N815 - the names are camelCase

from copy import copy
from typing import Any, get_args
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.request import Request

from api.errors import FieldError, InvalidFields, WrongContentType
from api.fields import StrictChoiceField
from api.serializers import StrictSerializer
from images.codecs import Options, Position, Watermark, sniff
from images.errors import MAX_FILES
from images.fields import FormatField, FormBooleanField, FormDecimalField, FormIntegerField, SessionIdField
from images.models import MEDIA_TYPES
from images.options import Format

MAX_SIDE = 100_000
FORMATS = ("webp", "avif", "jpg", "jpeg", "png", "auto", "original")
AUTO: tuple[Format, ...] = ("webp", "avif")
"""What `auto` chooses from when `Accept` names no format: every current browser shows both, both keep
transparency, and neither is ever far from the smallest."""

# One wish for how the result is to look or weigh; two would contradict each other.
EXCLUSIVE = ("quality", "targetSsim", "targetBytes")


class CompressInput(StrictSerializer):
    """The multipart form of `POST /api/compress`."""

    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None),
        min_length=1,
        max_length=MAX_FILES,
        help_text="JPEG, PNG, WebP, AVIF, GIF or TIFF, at most 20 MB each; more than one needs the plan Agency",
    )
    format = FormatField(
        FORMATS,
        default="webp",
        help_text="`auto`: the smallest of those that `Accept` names, else of webp and avif. "
        "`original`: the input's own (webp for gif, jpg for tiff and heic)",
    )
    quality = FormIntegerField(min_value=40, max_value=100, default=82, help_text="png stays lossless")
    targetSsim = FormDecimalField(
        min_value=0.5001,
        max_value=0.9999,
        required=False,
        help_text="Instead of quality: the structural similarity that the result shall keep",
    )
    targetBytes = FormIntegerField(
        min_value=1, required=False, help_text="Instead of quality: the size that the result shall not exceed"
    )
    lossy = FormBooleanField(default=False, help_text="png alone: reduce to a palette of at most 256 colours")
    maxWidth = FormIntegerField(min_value=1, max_value=MAX_SIDE, required=False, help_text="Pixels")
    maxHeight = FormIntegerField(min_value=1, max_value=MAX_SIDE, required=False, help_text="Pixels")
    sessionId = SessionIdField(required=False, help_text="Groups results; random when absent")
    keepSmallest = FormBooleanField(
        default=True, help_text="Return the input when its own format cannot be made smaller"
    )
    metadata = StrictChoiceField(
        ("none", "copyright", "all"), default="none", help_text="Orientation and colours are applied in any case"
    )
    watermarkFile = serializers.FileField(
        allow_empty_file=True, max_length=None, required=False, help_text="A PNG that is laid over every image"
    )
    watermarkScale = FormIntegerField(
        min_value=5, max_value=50, default=20, help_text="Percent of the image's width"
    )
    watermarkOpacity = FormIntegerField(min_value=0, max_value=100, default=100, help_text="Percent")
    watermarkPosition = StrictChoiceField(
        get_args(Position), default="BR", help_text="Top, middle or bottom, and left, centre or right"
    )

    def get_fields(self) -> dict[str, Any]:
        """Return shallow copies of the fields: deep ones, as DRF makes them, take longer than to judge a form."""
        return {name: copy(field) for name, field in self._declared_fields.items()}

    def validate_watermarkFile(self, file: "UploadedFile[bytes]") -> bytes:  # noqa: N802 - DRF finds it by this name
        """Return the bytes; the first ones must be those of a PNG."""
        data: bytes = file.read()
        if sniff(data) != "png":
            raise serializers.ValidationError("must be a PNG image")
        return data

    @classmethod
    def parse(
        cls, request: Request, *, partial: bool = False, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `files` (a list), `options` and `session_id`.

        Raises InvalidFields (400) that names every fault at once, WrongContentType (415).
        """
        if (request.content_type or "").partition(";")[0].strip().lower() != "multipart/form-data":
            raise WrongContentType("Send the image as multipart/form-data.")
        sent: dict[str, list[Any]] = {}
        for values in (request.POST, request.FILES):
            for name, items in values.lists():
                sent.setdefault(name, []).extend(items)
        return cls.parse_sent(sent, request)

    @classmethod
    def parse_sent(cls, sent: dict[str, list[Any]], request: Request) -> dict[str, Any]:
        """Do the same with what a form was found to hold; the request says which formats are accepted."""
        repeated = [name for name, items in sent.items() if name != "file" and len(items) > 1]
        data = {name: items if name == "file" else items[0] for name, items in sent.items()}
        fields = cls.parse_data(data, context={"repeated": repeated})
        return {
            "files": fields["file"],
            "session_id": fields.get("sessionId") or uuid4().hex,
            "options": _options_of(fields, request),
        }

    def unknown_fields(self) -> tuple[FieldError, ...]:
        """Return what is wrong with names: unknown, sent more than once, or at odds with another one."""
        faults = [FieldError(name, "repeated", "was sent more than once") for name in self.context["repeated"]]
        wishes = [name for name in EXCLUSIVE if name in self.initial_data]
        faults += [FieldError(name, "exclusive", f"cannot be combined with {wishes[0]}") for name in wishes[1:]]
        return (*super().unknown_fields(), *faults)


def _options_of(fields: dict[str, Any], request: Request) -> Options:
    watermark = None
    if "watermarkFile" in fields:
        watermark = Watermark(
            data=fields["watermarkFile"],
            scale=fields["watermarkScale"],
            opacity=fields["watermarkOpacity"],
            position=fields["watermarkPosition"],
        )
    # The engine's word for `auto` is a list to choose from.
    chosen = {"auto": "original", "jpeg": "jpg"}.get(fields["format"], fields["format"])
    return Options(
        format=chosen,
        candidates=named_formats(request) if fields["format"] == "auto" else (),
        quality=fields["quality"],
        target_ssim=fields.get("targetSsim"),
        target_bytes=fields.get("targetBytes"),
        lossy=fields["lossy"],
        max_width=fields.get("maxWidth"),
        max_height=fields.get("maxHeight"),
        keep_smallest=fields["keepSmallest"],
        metadata=fields["metadata"],
        watermark=watermark,
    )


def named_formats(request: Request) -> tuple[Format, ...]:
    """Return the formats that `Accept` names one by one, or those of AUTO when it names none."""
    named = {str(accepted).partition(";")[0].lower() for accepted in request._request.accepted_types}
    return tuple(name for name, media_type in MEDIA_TYPES.items() if media_type in named) or AUTO


def is_true(request: Request, name: str) -> bool:
    """Return a flag of the URL, `true` or `false`, False when absent; raises InvalidFields (400)."""
    value = request.query_params.get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidFields(errors=(FieldError(name, "invalid", "must be true or false"),))
    return value == "true"
