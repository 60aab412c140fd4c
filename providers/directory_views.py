"""HTTP of the public directory: the list, what it can be asked, and how listings changed."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from providers.filters import DirectoryQuery
from providers.models import Provider
from providers.openapi import ProviderAutoSchema
from providers.paging import page_of
from providers.public import OpenToBrowsers
from providers.serializers import ProviderOutput, ProviderPage

KNOWN = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)
NOT_MODIFIED = OpenApiResponse(description="Not modified")


class ProviderListView(OpenToBrowsers):
    """`/api/providers`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="listProviders",
        summary="List providers",
        description=(
            "Live listings that meet all filters. Demo listings are left out unless `demo=true`. A parameter that "
            "is unknown, comes twice or has a bad value is refused, and so is a cursor of another list."
        ),
        auth=[],
        parameters=[DirectoryQuery, KNOWN],
        responses={200: ProviderPage, 304: NOT_MODIFIED},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page of the directory."""
        query = DirectoryQuery.parse_query(request)
        page, cursor = page_of(Provider.objects.chosen(query), query)
        items = [ProviderOutput.show(row) for row in page]
        return self.answer_unless_known(request, {"items": items, "nextCursor": cursor})
