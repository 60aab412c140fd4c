"""Links to results: no key is asked for, the link is the permission."""

from typing import ClassVar
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from api.errors import NotFound
from api.views import PlatformAPIView
from images.archives import zip_of
from images.attachments import SAFE_HEADERS
from images.credits import PRODUCT
from images.errors import LinkExpired
from images.models import MEDIA_TYPES, Result
from images.signing import ARCHIVE, DOWNLOAD, is_genuine
from images.storage import storage

LINK = [
    OpenApiParameter("expires", {"type": "string", "pattern": "^[0-9]{1,12}$"}, required=True),
    OpenApiParameter("signature", {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}, required=True),
]


def result_behind(request: Request, salt: str, result_id: UUID) -> Result:
    """Return the result that a signed link names; raises NotFound (404) for a wrong one, LinkExpired (410)."""
    expires = request.query_params.get("expires", "")
    if not is_genuine(salt, result_id, expires, request.query_params.get("signature", "")):
        raise NotFound
    if int(expires) <= timezone.now().timestamp():
        raise LinkExpired
    result = Result.objects.behind(result_id).first()
    if result is None:
        raise NotFound
    return result


class DownloadView(PlatformAPIView):
    """`/api/download/<id>`."""

    product: ClassVar[str] = PRODUCT

    @extend_schema(
        summary="Download a result",
        description="The link is in the answer of a compression. 410 after 15 minutes, 404 for a wrong link.",
        auth=[],
        parameters=LINK,
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
    )
    def get(self, request: Request, result_id: UUID) -> HttpResponseBase:
        """Send the file."""
        result = result_behind(request, DOWNLOAD, result_id)
        try:
            file = storage().open(result.storage_name)
        except FileNotFoundError:
            raise NotFound from None
        return FileResponse(
            file,
            as_attachment=True,
            filename=result.name,
            content_type=result.media_type,
            headers=SAFE_HEADERS,
        )


class ArchiveView(PlatformAPIView):
    """`/api/download/<id>/session.zip`."""

    product: ClassVar[str] = PRODUCT

    @extend_schema(
        summary="Download a session",
        description=(
            "Every result of the session that can still be fetched, in one ZIP. The link is `zipUrl` of a "
            "compression. 410 after 15 minutes, 404 for a wrong link."
        ),
        auth=[],
        parameters=LINK,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, result_id: UUID) -> HttpResponseBase:
        """Send the ZIP while it is made."""
        result = result_behind(request, ARCHIVE, result_id)
        name = content_disposition_header(True, f"images-{result.session_id}.zip") or "attachment"
        return StreamingHttpResponse(
            zip_of(list(Result.objects.beside(result))),
            content_type="application/zip",
            headers={**SAFE_HEADERS, "Content-Disposition": name},
        )
