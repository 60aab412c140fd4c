"""What the schemas of several routes share."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from api.envelopes import ENVELOPES
from links import slugs

LINK_ID = OpenApiParameter(
    "link_id", {"type": "string", "pattern": slugs.LINK_ID_PATTERN}, OpenApiParameter.PATH, required=True
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A repeat under the same name within 24 hours gets the first answer and makes nothing.",
)
NEXT_PAGE = [
    OpenApiParameter("Link", str, OpenApiParameter.HEADER, response=[200], description='`rel="next"`, RFC 8288'),
    OpenApiParameter("X-Next-Cursor", str, OpenApiParameter.HEADER, response=[200], description="Its cursor"),
]
NO_FREE_SLUG = OpenApiResponse(ENVELOPES["fluxly"].error_schema, "No free slug was found: send it again")
