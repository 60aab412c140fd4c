"""The Fluximage API."""

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import NotFound
from apikeys.views import KeyedAPIView
from images.attachments import attachment_of
from images.codecs import Options
from images.credits import PRODUCT
from images.inputs import CompressInput, is_true
from images.jobs import accept, outcomes_of
from images.models import MEDIA_TYPES, Job
from images.results import Done
from images.serializers import CompressOutput, JobOutput, UsageOutput
from images.services import compress, require_plan
from images.signing import job_url
from images.uploads import UploadParser, fingerprint_of
from images.usage import usage_of

SIZES = [
    OpenApiParameter(name, int, OpenApiParameter.HEADER, response=[200], description=f"{text}; with bytes only")
    for name, text in (("X-Original-Size", "Bytes before"), ("X-Compressed-Size", "Bytes after"))
]
LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[202], description="Of the job")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A repeat under the same name within 24 hours gets the first JSON answer and costs nothing.",
)
ASYNC = OpenApiParameter(
    "async", bool, description="Answer 202 with a job at once; it may take more time for smaller files."
)
ACCEPTED = "image/jpeg, image/png, image/webp, image/avif, image/gif, image/tiff"


class CompressView(KeyedAPIView):
    """`/api/compress`."""

    product: ClassVar[str] = PRODUCT
    area: ClassVar[str] = "Images"
    verbs: ClassVar[dict[str, str]] = {"POST": "Edit"}
    parser_classes = [UploadParser]

    def idempotency_fingerprint(self, request: Request) -> str:
        """Compare fields and files, not the body, whose boundary differs in every request."""
        return fingerprint_of(request)

    @extend_schema(
        summary="Compress images",
        description=(
            "Answers JSON with a signed link for each result, which works for 15 minutes. A single file with "
            "`Accept: image/*` is answered with the bytes themselves. One bad file fails alone; when all fail "
            "the status is 422. An image that is done costs one credit, one that fails costs nothing."
        ),
        parameters=[ASYNC, IDEMPOTENCY_KEY, LOCATION, *SIZES],
        request={
            "multipart/form-data": OpenApiRequest(
                CompressInput,
                encoding={"file": {"contentType": ACCEPTED}, "watermarkFile": {"contentType": "image/png"}},
            )
        },
        responses={
            (200, "application/json"): CompressOutput,
            **{(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
            202: OpenApiResponse(JobOutput, "A job has begun"),
            422: OpenApiResponse(CompressOutput, "Every image failed"),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Compress the files of a form."""
        fields = CompressInput.parse(request)
        files, options = fields["files"], fields["options"]
        require_plan(self.key.plan, file_count=len(files), options=options)
        if is_true(request, "async"):
            return self.answer_job(fields)
        wants_bytes = len(files) == 1 and _prefers_image(request, options)
        outcomes = compress(
            account=self.key.account,
            key=self.key,
            files=files,
            options=options,
            session_id=fields["session_id"],
            wants_data=wants_bytes,
            before_each=self.renew_lease,
        )
        done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
        if done and wants_bytes:
            return attachment_of(done[0])
        answer = {"sessionId": fields["session_id"], "outcomes": outcomes}
        return self.answer(CompressOutput(answer).data, status=200 if done else 422)

    def answer_job(self, fields: dict[str, Any]) -> Response:
        """Leave the work to a job and answer 202 with it."""
        job = accept(account=self.key.account, key=self.key, **fields)
        response = self.answer(JobOutput(_answer_of(job)).data, status=202)
        response["Location"] = job_url(job)
        return response


class JobView(KeyedAPIView):
    """`/api/jobs/<id>`."""

    product: ClassVar[str] = PRODUCT
    area: ClassVar[str] = "Images"

    @extend_schema(
        summary="Read a job",
        description=(
            "Of the key's account only. Once it is over it has what a compression answers; it ends with its "
            "results, 15 minutes later."
        ),
        responses=JobOutput,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return how far it is."""
        job = Job.objects.of(self.key.account).live().filter(pk=job_id).first()
        if job is None:
            raise NotFound
        return self.answer(JobOutput(_answer_of(job)).data)


def _answer_of(job: Job) -> dict[str, Any]:
    return {"job": job, "sessionId": job.session_id, "outcomes": outcomes_of(job)}


def _prefers_image(request: Request, options: Options) -> bool:
    """Return whether `Accept` asks for the image rather than for JSON, whatever its format; `*/*` does not."""
    formats = options.candidates or (MEDIA_TYPES if options.format == "original" else (options.format,))
    choose = request._request.get_preferred_type
    return all(choose(["application/json", MEDIA_TYPES[name]]) == MEDIA_TYPES[name] for name in formats)


class UsageView(KeyedAPIView):
    """`/api/usage`."""

    product: ClassVar[str] = PRODUCT
    area: ClassVar[str] = "Usage"
    verbs: ClassVar[dict[str, str]] = {"GET": "View", "HEAD": "View"}

    @extend_schema(
        summary="Read the usage",
        description="Of the current billing period, which begins on the subscription's own day of the month.",
        responses=UsageOutput,
    )
    def get(self, request: Request) -> Response:
        """Return plan, compressions used and left."""
        body: dict[str, Any] = usage_of(self.key.account, self.key.plan)
        return self.answer(UsageOutput(body).data)
