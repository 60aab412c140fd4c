"""Shape of Fluximage's JSON."""
# ruff: noqa: N802, N815 - the names are camelCase

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from images.models import MEDIA_TYPES, JobStatus
from images.results import Done, Failed, Outcome
from images.signing import archive_url, download_url, job_url


class DoneOutput(serializers.Serializer[Done]):
    """A compressed image. Sizes in bytes, width and height in pixels; the link ends at `expiresAt`."""

    name = serializers.CharField(source="result.name")
    sourceName = serializers.CharField(source="result.source_name")
    status = serializers.ChoiceField(choices=["done"])
    format = serializers.ChoiceField(choices=list(MEDIA_TYPES), source="result.format")
    quality = serializers.IntegerField(source="result.quality", help_text="The one that was used")
    width = serializers.IntegerField(source="result.width")
    height = serializers.IntegerField(source="result.height")
    originalSize = serializers.IntegerField(source="result.original_bytes")
    compressedSize = serializers.IntegerField(source="result.compressed_bytes")
    savedPercent = serializers.FloatField(
        source="result.saved_percent", help_text="Negative when the result is larger"
    )
    alreadyOptimal = serializers.BooleanField(source="result.already_optimal")
    meetsTarget = serializers.BooleanField(
        source="result.meets_target", required=False, help_text="Only when a target was asked for"
    )
    downloadUrl = serializers.SerializerMethodField()
    expiresAt = serializers.DateTimeField(source="result.expires_at")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_downloadUrl(self, done: Done) -> str:
        """Return the signed link."""
        return download_url(done.result)

    def to_representation(self, done: Done) -> dict[str, Any]:
        """Leave out what was not asked for."""
        shown = super().to_representation(done)
        if done.result.meets_target is None:
            del shown["meetsTarget"]
        return shown


class ErrorOutput(serializers.Serializer[Any]):
    """Why an image was refused."""

    code = serializers.CharField()
    message = serializers.CharField()


class FailedOutput(serializers.Serializer[Failed]):
    """An image that was refused; it costs nothing."""

    sourceName = serializers.CharField(source="source_name")
    status = serializers.ChoiceField(choices=["failed"])
    error = ErrorOutput(source="*")


# One of each for all answers: to make their fields anew takes longer than to fill them in.
_DONE, _FAILED = DoneOutput(), FailedOutput()


def _shown(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Done):
        return _DONE.to_representation(outcome)
    shown: dict[str, Any] = _FAILED.to_representation(outcome)
    return shown


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
    zipUrl = serializers.SerializerMethodField(help_text="All results of the session; null when there is none")

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
        return [_shown(outcome) for outcome in outcomes]

    @extend_schema_field(TotalsOutput)
    def get_totals(self, answer: dict[str, Any]) -> dict[str, int]:
        """Return the sums."""
        outcomes: list[Outcome] = answer["outcomes"]
        done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
        return {
            "files": len(outcomes),
            "done": len(done),
            "failed": len(outcomes) - len(done),
            "originalSize": sum(image.result.original_bytes for image in done),
            "compressedSize": sum(image.result.compressed_bytes for image in done),
        }

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_zipUrl(self, answer: dict[str, Any]) -> str | None:
        """Return the signed link, which ends with the last result of this answer."""
        done = [outcome.result for outcome in answer["outcomes"] if isinstance(outcome, Done)]
        return archive_url(done[-1]) if done else None


class ProgressOutput(serializers.Serializer[Any]):
    """How many images of a job are done or have failed, of how many."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()


class JobLinksOutput(serializers.Serializer[Any]):
    """Where to look again."""

    self = serializers.URLField()


class JobOutput(CompressOutput):
    """A job. While it runs, results, totals and zipUrl are of the images that are done or have failed so far."""

    id = serializers.UUIDField(source="job.id")
    status = serializers.ChoiceField(
        choices=JobStatus.choices, source="job.status", help_text="`failed` when no image was done"
    )
    progress = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="job.created_at")
    expiresAt = serializers.DateTimeField(
        source="job.expires_at", allow_null=True, help_text="Null until it is over; then its end, with its results"
    )

    @extend_schema_field(ProgressOutput)
    def get_progress(self, answer: dict[str, Any]) -> dict[str, int]:
        """Return the numbers of images."""
        return {"done": len(answer["outcomes"]), "total": answer["job"].files.count()}

    @extend_schema_field(JobLinksOutput)
    def get_links(self, answer: dict[str, Any]) -> dict[str, str]:
        """Return the addresses."""
        return {"self": job_url(answer["job"])}


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
