"""HTTP of the public directory: the list, what a push may say, and how listings changed."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from api.errors import NotFound
from api.renderers import dumps
from providers.filters import DirectoryQuery
from providers.history import (
    HistoryPage,
    HistoryQuery,
    PriceHistoryPage,
    PriceHistoryQuery,
    changes_page,
    prices_page,
)
from providers.json_schema import push_schema
from providers.models import Provider
from providers.openapi import ProviderAutoSchema
from providers.paging import page_of
from providers.public import OpenToBrowsers, unless_known
from providers.queries import QuerySerializer
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


class PushSchemaView(OpenToBrowsers):
    """`/api/providers/schema`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="getPushSchema",
        summary="Read the schema of an update",
        description="JSON Schema 2020-12 of the body of an update, itself and without an envelope.",
        auth=[],
        parameters=[KNOWN],
        responses={(200, "application/schema+json"): OpenApiTypes.OBJECT, 304: NOT_MODIFIED},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the schema."""
        QuerySerializer.parse_query(request)
        return unless_known(request, dumps(push_schema()), "application/schema+json")


class HistoryView(OpenToBrowsers):
    """`/api/providers/<slug>/history`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="listProviderChanges",
        summary="Read how a provider changed",
        description=(
            "The public part of its log, newest first: figures, prices, services, country, type and name. Texts "
            "and addresses have no public history."
        ),
        auth=[],
        parameters=[HistoryQuery, KNOWN],
        responses={200: HistoryPage, 304: NOT_MODIFIED},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return one page of changes."""
        query = HistoryQuery.parse_query(request)
        return self.answer_unless_known(request, changes_page(_public(slug), query))


class PriceHistoryView(OpenToBrowsers):
    """`/api/providers/<slug>/price-history`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="listProviderPrices",
        summary="Read a provider's prices over time",
        description="Every price list that it ever had, newest first; each holds from its time on.",
        auth=[],
        parameters=[PriceHistoryQuery, KNOWN],
        responses={200: PriceHistoryPage, 304: NOT_MODIFIED},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return one page of price lists."""
        query = PriceHistoryQuery.parse_query(request)
        return self.answer_unless_known(request, prices_page(_public(slug), query))


def _public(slug: str) -> Provider:
    """Return the listing of that slug that the public can see; raises NotFound (404)."""
    provider = Provider.objects.live().for_reading().filter(slug=slug).first()
    if provider is None:
        raise NotFound
    return provider
