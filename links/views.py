"""The Fluxly API."""

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import NotFound
from apikeys.views import KeyedAPIView
from links import services, slugs
from links.analytics import Range, analyse
from links.models import Link
from links.paging import next_page_headers, page_of
from links.serializers import AnalyticsOutput, AnalyticsQuery, LinkChange, LinkInput, LinkOutput, ListQuery

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


class LinkView(KeyedAPIView):
    """The base of Fluxly's views."""

    product: ClassVar[str] = services.PRODUCT
    area: ClassVar[str] = "Links"

    def link(self, link_id: str) -> Link:
        """Return the caller's link; raises NotFound (404) for a missing, deleted or foreign one."""
        link = Link.objects.of(self.key.account).counted().filter(link_id=link_id).first()
        if link is None:
            raise NotFound
        # The key has read its account already; the link's own would be a second look at the same row.
        link.account = self.key.account
        return link

    def make(self, fields: dict[str, Any]) -> tuple[Link, bool]:
        """Create the link that a `LinkInput` describes, or find it; return whether it is new."""
        if fields.pop("find_if_exists", False):
            return services.find_or_create_link(account=self.key.account, key=self.key, **fields)
        return services.create_link(account=self.key.account, key=self.key, **fields), True


class LinkListView(LinkView):
    """`/api/links`."""

    @extend_schema(
        summary="Shorten a URL",
        description="Only `target_url` is required. 402: the plan lacks a feature. 409: the slug is taken.",
        parameters=[IDEMPOTENCY_KEY],
        request=LinkInput,
        responses={201: LinkOutput, 200: LinkOutput},
    )
    def post(self, request: Request) -> Response:
        """Create a link, or find the one that is wanted."""
        link, is_new = self.make(LinkInput.parse(request))
        return self.answer(LinkOutput(link).data, status=201 if is_new else 200)

    @extend_schema(
        summary="List links",
        description="Newest first. The headers `Link` and `X-Next-Cursor` lead to the next page, if there is one.",
        parameters=[ListQuery, *NEXT_PAGE],
        responses=LinkOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's links."""
        params = request.query_params.dict()
        query = ListQuery.parse_data(params)
        links = Link.objects.of(self.key.account).counted()
        if "tag" in query:
            links = links.tagged(query["tag"])
        if "search" in query:
            links = links.matching(query["search"])
        if "is_active" in query:
            links = links.filter(is_active=query["is_active"] == "true")
        page, cursor = page_of(links, limit=query["limit"], cursor=query.get("cursor"))
        response = self.answer(LinkOutput(page, many=True).data)
        if cursor:
            url = settings.BASE_URL + request.path
            for name, value in next_page_headers(url, params, cursor).items():
                response[name] = value
        return response


class LinkDetailView(LinkView):
    """`/api/links/{id}`."""

    @extend_schema(summary="Read a link", parameters=[LINK_ID], responses=LinkOutput)
    def get(self, request: Request, link_id: str) -> Response:
        """Read one link."""
        del request
        return self.answer(LinkOutput(self.link(link_id)).data)

    @extend_schema(
        summary="Change a link",
        description="What is left out stays. The slug of a link never changes.",
        parameters=[LINK_ID],
        request=LinkChange,
        responses=LinkOutput,
    )
    def patch(self, request: Request, link_id: str) -> Response:
        """Change settings of a link."""
        changes = LinkChange.parse(request)
        link = services.update_link(link=self.link(link_id), key=self.key, **changes)
        return self.answer(LinkOutput(link).data)

    @extend_schema(
        summary="Delete a link",
        description="Visitors get a 404 at once. The slug stays reserved for 30 days.",
        parameters=[LINK_ID],
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, link_id: str) -> Response:
        """Delete a link."""
        del request
        services.delete_link(link=self.link(link_id), key=self.key)
        return self.answer(status=204)


class LinkAnalyticsView(LinkView):
    """`/api/links/{id}/analytics`."""

    area: ClassVar[str] = "Analytics"

    @extend_schema(
        summary="Read a link's analytics",
        description="Days are those of `tz`. All lists add up to `total_clicks`. At most 366 days at once.",
        parameters=[LINK_ID, AnalyticsQuery],
        responses=AnalyticsOutput,
    )
    def get(self, request: Request, link_id: str) -> Response:
        """Read the analysis of one link."""
        span = Range.of(AnalyticsQuery.parse_data(request.query_params.dict()))
        return self.answer(analyse(self.link(link_id), span))
