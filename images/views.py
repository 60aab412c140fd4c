"""The Fluximage API."""

from typing import Any, ClassVar
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import FieldError, InvalidFields, NotFound
from api.views import PlatformAPIView
from apikeys.views import KeyedAPIView
from images.errors import LinkExpired
from images.models import MEDIA_TYPES, Result
from images.serializers import CompressInput, CompressOutput, UsageOutput
from images.services import PRODUCT, Done, compress
from images.signing import is_genuine
from images.uploads import UploadParser, fingerprint_of
from images.usage import usage_of
from plans.entitlements import require_in

# Whatever the bytes are, no browser may take them for a page of this host.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
SIZES = [
    OpenApiParameter(name, int, OpenApiParameter.HEADER, response=[200], description=f"{text}; with bytes only")
    for name, text in (("X-Original-Size", "Bytes before"), ("X-Compressed-Size", "Bytes after"))
]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A repeat under the same name within 24 hours gets the first JSON answer and costs nothing.",
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
        parameters=[IDEMPOTENCY_KEY, *SIZES],
        request={
            "multipart/form-data": OpenApiRequest(CompressInput, encoding={"file": {"contentType": ACCEPTED}})
        },
        responses={
            (200, "application/json"): CompressOutput,
            **{(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
            422: OpenApiResponse(CompressOutput, "Every image failed"),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Compress the files of a form."""
        fields = CompressInput.parse(request)
        if request.query_params.get("async", "false") != "false":
            raise InvalidFields(errors=(FieldError("async", "not_available", "is not available yet"),))
        if len(fields["file"]) > 1:
            require_in(self.key.plan, self.product, "batch")
        wants_bytes = len(fields["file"]) == 1 and _wants(request, MEDIA_TYPES[fields["options"].format])
        outcomes = compress(
            key=self.key,
            files=fields["file"],
            options=fields["options"],
            session_id=fields["session_id"],
            is_kept=not wants_bytes,
            before_each=self.renew_lease,
        )
        done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
        if done and wants_bytes:
            return _bytes_of(done[0])
        answer = {"sessionId": fields["session_id"], "outcomes": outcomes}
        return self.answer(CompressOutput(answer).data, status=200 if done else 422)


def _wants(request: Request, media_type: str) -> bool:
    """Return whether `Accept` asks for the image rather than for JSON; `*/*` does not."""
    chosen = request._request.get_preferred_type(["application/json", media_type])
    return bool(chosen == media_type)


def _bytes_of(done: Done) -> HttpResponse:
    headers = {
        **SAFE_HEADERS,
        "Content-Disposition": content_disposition_header(True, done.name) or "attachment",
        "X-Original-Size": str(done.original_size),
        "X-Compressed-Size": str(done.compressed_size),
    }
    return HttpResponse(done.data, content_type=MEDIA_TYPES[done.format], headers=headers)


class DownloadView(PlatformAPIView):
    """`/api/download/<id>`, for whoever holds the link: no key is asked for."""

    product: ClassVar[str] = PRODUCT

    @extend_schema(
        summary="Download a result",
        description="The link is in the answer of a compression. 410 after 15 minutes, 404 for a wrong link.",
        auth=[],
        parameters=[
            OpenApiParameter("expires", {"type": "string", "pattern": "^[0-9]{1,12}$"}, required=True),
            OpenApiParameter("signature", {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}, required=True),
        ],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
    )
    def get(self, request: Request, result_id: UUID) -> HttpResponseBase:
        """Send the file."""
        expires = request.query_params.get("expires", "")
        if not is_genuine(result_id, expires, request.query_params.get("signature", "")):
            raise NotFound
        if int(expires) <= timezone.now().timestamp():
            raise LinkExpired
        result = Result.objects.behind(result_id).first()
        if result is None:
            raise NotFound
        try:
            file = default_storage.open(result.storage_name)
        except FileNotFoundError:
            raise NotFound from None
        return FileResponse(
            file,
            as_attachment=True,
            filename=result.name,
            content_type=result.media_type,
            headers=SAFE_HEADERS,
        )


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
