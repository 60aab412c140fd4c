"""The Fluxly API."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import NotFound
from apikeys.views import KeyedAPIView
from links import qr, services
from links.analytics import Range, analyse
from links.models import Link
from links.openapi import IDEMPOTENCY_KEY, LINK_ID, NEXT_PAGE, NO_FREE_SLUG
from links.paging import next_page_headers, page_of
from links.querysets import LinkQuerySet
from links.serializers import (
    AnalyticsOutput,
    AnalyticsQuery,
    LinkChange,
    LinkInput,
    LinkOutput,
    ListQuery,
    QrQuery,
)


class LinkView(KeyedAPIView):
    """The base of Fluxly's views."""

    product: ClassVar[str] = services.PRODUCT
    area: ClassVar[str] = "Links"

    def link(self, link_id: str) -> Link:
        """Return the caller's link; raises NotFound (404) for a missing, deleted or foreign one."""
        return self.one_of(Link.objects.of(self.key.account).counted(), link_id)

    def one_of(self, links: LinkQuerySet, link_id: str) -> Link:
        """Return the link of that id among the caller's; raises NotFound (404)."""
        link = links.filter(link_id=link_id).first()
        if link is None:
            raise NotFound
        # The key has read its account already; the link's own would be a second look at the same row.
        link.account = self.key.account
        return link

    def links(self, query: dict[str, Any]) -> LinkQuerySet:
        """Return the caller's links that a `FilterQuery` leaves, newest first."""
        return Link.objects.of(self.key.account).counted().chosen(query)

    def make(self, fields: dict[str, Any]) -> tuple[Link, bool]:
        """Create the link that a `LinkInput` describes, or find it; return whether it is new."""
        if fields.pop("find_if_exists", False):
            return services.find_or_create_link(account=self.key.account, key=self.key, **fields)
        return services.create_link(account=self.key.account, key=self.key, **fields), True


class LinkListView(LinkView):
    """`/api/links`."""

    @extend_schema(
        operation_id="createLink",
        summary="Shorten a URL",
        description="Only `target_url` is required. 402: the plan lacks a feature. 409: the slug is taken.",
        parameters=[IDEMPOTENCY_KEY],
        request=LinkInput,
        responses={201: LinkOutput, 200: LinkOutput, 503: NO_FREE_SLUG},
    )
    def post(self, request: Request) -> Response:
        """Create a link, or find the one that is wanted."""
        link, is_new = self.make(LinkInput.parse(request))
        return self.answer(LinkOutput(link).data, status=201 if is_new else 200)

    @extend_schema(
        operation_id="listLinks",
        summary="List links",
        description="Newest first. The headers `Link` and `X-Next-Cursor` lead to the next page, if there is one.",
        parameters=[ListQuery, *NEXT_PAGE],
        responses=LinkOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's links."""
        params = request.query_params.dict()
        query = ListQuery.parse_data(params)
        page, cursor = page_of(self.links(query), limit=query["limit"], cursor=query.get("cursor"))
        response = self.answer(LinkOutput(page, many=True).data)
        if cursor:
            url = settings.BASE_URL + request.path
            for name, value in next_page_headers(url, params, cursor).items():
                response[name] = value
        return response


class LinkDetailView(LinkView):
    """`/api/links/{id}`."""

    @extend_schema(operation_id="getLink", summary="Read a link", parameters=[LINK_ID], responses=LinkOutput)
    def get(self, request: Request, link_id: str) -> Response:
        """Read one link."""
        del request
        return self.answer(LinkOutput(self.link(link_id)).data)

    @extend_schema(
        operation_id="updateLink",
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
        operation_id="deleteLink",
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
        operation_id="getLinkAnalytics",
        summary="Read a link's analytics",
        description="Days are those of `tz`. All lists add up to `total_clicks`. At most 3,660 days at once.",
        parameters=[LINK_ID, AnalyticsQuery],
        responses=AnalyticsOutput,
    )
    def get(self, request: Request, link_id: str) -> Response:
        """Read the analysis of one link."""
        span = Range.of(AnalyticsQuery.parse_data(request.query_params.dict()))
        # Its clicks of all time, which `link` counts along, are not asked for.
        link = self.one_of(Link.objects.of(self.key.account), link_id)
        return self.answer(analyse(link, span))


class LinkQrView(LinkView):
    """`/api/links/{id}/qr`."""

    @extend_schema(
        operation_id="getLinkQrCode",
        summary="Draw a link's QR code",
        description="The code of `short_url`, with error correction M and a quiet zone of four modules.",
        parameters=[LINK_ID, QrQuery],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, (200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, link_id: str) -> HttpResponse:
        """Draw the code of one link."""
        query = QrQuery.parse_data(request.query_params.dict())
        url, size = self.link(link_id).short_url, query["size"]
        headers = {"Cache-Control": "private, max-age=3600"}
        if query["format"] == "png":
            return HttpResponse(qr.png(url, size=size), content_type="image/png", headers=headers)
        picture = qr.svg(url, size=size, title=f"QR code of {url}")
        return HttpResponse(picture, content_type="image/svg+xml", headers=headers)
