"""Shape of Fluximage's form fields and JSON."""
# ruff: noqa: N802, N815 - the names are camelCase

import re
from typing import Any, ClassVar
from uuid import uuid4

from django.core.validators import RegexValidator
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from api.errors import FieldError, WrongContentType
from api.fields import StrictChoiceField
from api.serializers import StrictSerializer
from images.codecs import Options
from images.errors import MAX_FILES
from images.models import MEDIA_TYPES
from images.services import Done, Failed, Outcome
from images.signing import download_url

MAX_SIDE = 100_000
FORMATS = ("webp", "avif", "jpg", "jpeg", "png")
SESSION_ID = r"^[A-Za-z0-9._-]{1,64}$"
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_NOT_YET = "is not available yet"


class FormIntegerField(serializers.IntegerField):
    """A whole number as a form sends it: digits, nothing else."""

    default_error_messages = {"invalid": "must be a whole number"}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, str) or not _WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid")
        return int(data)


class FormBooleanField(serializers.BooleanField):
    """`true` or `false` as a form sends it."""

    default_error_messages = {"invalid": "must be true or false"}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse the other texts that DRF takes for booleans and null."""
        if data is not serializers.empty and (not isinstance(data, str) or data.lower() not in {"true", "false"}):
            self.fail("invalid")
        return super().run_validation(data)


class SessionIdField(serializers.CharField):
    """1 to 64 letters, digits, dots, underscores and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        sentence = "must be 1 to 64 letters, digits, dots, underscores or hyphens"
        # `\\Z` where the schema has `$`: Python's `$` also matches before a line end.
        pattern = SESSION_ID.replace("$", r"\Z")
        super().__init__(validators=[RegexValidator(pattern, sentence)], trim_whitespace=False, **kwargs)


class OneOfField(StrictChoiceField):
    """One of the choices; those in `later` are known and refused as not available yet."""

    default_error_messages = {"later": f"{{input}} {_NOT_YET}"}

    def __init__(self, choices: Any, *, later: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.later = later
        super().__init__(choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice."""
        if isinstance(data, str) and data in self.later:
            self.fail("later", input=data)
        return super().to_internal_value(data)


class CompressInput(StrictSerializer):
    """The multipart form of `POST /api/compress`."""

    # Fields that the product will have. Ignoring one would give a client something else than it asked for.
    later: ClassVar[frozenset[str]] = frozenset(
        {
            "async",
            "lossy",
            "targetBytes",
            "targetSsim",
            "watermarkFile",
            "watermarkOpacity",
            "watermarkPosition",
            "watermarkScale",
        }
    )

    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None),
        min_length=1,
        max_length=MAX_FILES,
        help_text="JPEG, PNG, WebP, AVIF, GIF or TIFF, at most 20 MB each; more than one needs the plan Agency",
    )
    format = OneOfField(FORMATS, later=("auto", "jxl", "original"), default="webp")
    quality = FormIntegerField(min_value=40, max_value=100, default=82, help_text="png stays lossless")
    maxWidth = FormIntegerField(min_value=1, max_value=MAX_SIDE, required=False, help_text="Pixels")
    maxHeight = FormIntegerField(min_value=1, max_value=MAX_SIDE, required=False, help_text="Pixels")
    sessionId = SessionIdField(required=False, help_text="Groups results; random when absent")
    keepSmallest = FormBooleanField(
        default=True, help_text="Return the input when its own format cannot be made smaller"
    )
    metadata = OneOfField(("none",), later=("all", "copyright"), default="none")

    @classmethod
    def parse(
        cls, request: Request, *, partial: bool = False, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `file` (a list), `options` and `session_id`.

        Raises InvalidFields (400) that names every fault at once, WrongContentType (415).
        """
        if (request.content_type or "").partition(";")[0].strip().lower() != "multipart/form-data":
            raise WrongContentType("Send the image as multipart/form-data.")
        sent: dict[str, list[Any]] = {}
        for values in (request.POST, request.FILES):
            for name, items in values.lists():
                sent.setdefault(name, []).extend(items)
        repeated = [name for name, items in sent.items() if name != "file" and len(items) > 1]
        data = {name: items if name == "file" else items[0] for name, items in sent.items()}
        fields = cls.parse_data(data, partial=partial, context={**(context or {}), "repeated": repeated})
        return {
            "file": fields["file"],
            "session_id": fields.get("sessionId") or uuid4().hex,
            "options": Options(
                format="jpg" if fields["format"] == "jpeg" else fields["format"],
                quality=fields["quality"],
                max_width=fields.get("maxWidth"),
                max_height=fields.get("maxHeight"),
                keep_smallest=fields["keepSmallest"],
            ),
        }

    def unknown_fields(self) -> tuple[FieldError, ...]:
        """Return what is wrong with names: unknown, not available yet, or sent more than once."""
        faults = [
            FieldError(fault.field, "not_available", _NOT_YET) if fault.field in self.later else fault
            for fault in super().unknown_fields()
        ]
        repeated = self.context["repeated"]
        return (*faults, *(FieldError(name, "repeated", "was sent more than once") for name in repeated))


class DoneOutput(serializers.Serializer[Done]):
    """A compressed image. Sizes in bytes, width and height in pixels; the link ends at `expiresAt`."""

    name = serializers.CharField()
    sourceName = serializers.CharField(source="source_name")
    status = serializers.ChoiceField(choices=["done"])
    format = serializers.ChoiceField(choices=list(MEDIA_TYPES))
    quality = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    originalSize = serializers.IntegerField(source="original_size")
    compressedSize = serializers.IntegerField(source="compressed_size")
    savedPercent = serializers.SerializerMethodField(help_text="Negative when the result is larger")
    alreadyOptimal = serializers.BooleanField(source="already_optimal")
    downloadUrl = serializers.SerializerMethodField()
    expiresAt = serializers.DateTimeField(source="result.expires_at")

    def get_savedPercent(self, done: Done) -> float:
        """Return what was saved, with two decimals."""
        return round((1 - done.compressed_size / done.original_size) * 100, 2)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_downloadUrl(self, done: Done) -> str:
        """Return the signed link."""
        assert done.result is not None  # noqa: S101 - only kept results are answered as JSON
        return download_url(done.result.pk, int(done.result.expires_at.timestamp()))


class ErrorOutput(serializers.Serializer[Any]):
    """Why an image was refused."""

    code = serializers.CharField()
    message = serializers.CharField()


class FailedOutput(serializers.Serializer[Failed]):
    """An image that was refused; it costs nothing."""

    sourceName = serializers.CharField(source="source_name")
    status = serializers.ChoiceField(choices=["failed"])
    error = ErrorOutput(source="*")


class TotalsOutput(serializers.Serializer[Any]):
    """Sums over the images that are done; sizes in bytes."""

    files = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    originalSize = serializers.IntegerField()
    compressedSize = serializers.IntegerField()


class CompressOutput(serializers.Serializer[Any]):
    """The answer to a compression; results in the order of the files."""

    sessionId = serializers.CharField()
    results = serializers.SerializerMethodField()
    totals = serializers.SerializerMethodField()
    zipUrl = serializers.SerializerMethodField(help_text="Always null: archives are not available yet")

    @extend_schema_field(
        PolymorphicProxySerializer(
            component_name="CompressResult",
            serializers=[DoneOutput, FailedOutput],
            resource_type_field_name=None,
            many=True,
        )
    )
    def get_results(self, answer: dict[str, Any]) -> list[Any]:
        """Return each image's own answer."""
        outcomes: list[Outcome] = answer["outcomes"]
        return [DoneOutput(o).data if isinstance(o, Done) else FailedOutput(o).data for o in outcomes]

    @extend_schema_field(TotalsOutput)
    def get_totals(self, answer: dict[str, Any]) -> dict[str, int]:
        """Return the sums."""
        outcomes: list[Outcome] = answer["outcomes"]
        done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
        return {
            "files": len(outcomes),
            "done": len(done),
            "failed": len(outcomes) - len(done),
            "originalSize": sum(image.original_size for image in done),
            "compressedSize": sum(image.compressed_size for image in done),
        }

    def get_zipUrl(self, answer: dict[str, Any]) -> str | None:
        """Return nothing yet."""


class TopupsOutput(serializers.Serializer[Any]):
    """Links to buy AI credits; empty, because the AI features are not offered."""

    small = serializers.CharField(allow_blank=True)
    medium = serializers.CharField(allow_blank=True)
    large = serializers.CharField(allow_blank=True)


class UsageOutput(serializers.Serializer[Any]):
    """The answer of `GET /api/usage`. `compressor_limit` is 99999 for plans that are unlimited."""

    plan = serializers.CharField()
    compressor_used = serializers.IntegerField()
    compressor_limit = serializers.IntegerField()
    ia_credits_used = serializers.IntegerField()
    ia_credits_monthly = serializers.IntegerField()
    ia_topup_credits = serializers.IntegerField()
    ia_credits_remaining = serializers.IntegerField()
    canCompress = serializers.BooleanField()
    canUseIA = serializers.BooleanField()
    topups = TopupsOutput()
