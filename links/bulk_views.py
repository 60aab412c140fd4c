"""The Fluxly API for many links at once: creation in bulk, export as CSV."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from links import bulk
from links.exports import links_as_csv
from links.openapi import IDEMPOTENCY_KEY
from links.serializers import BulkInput, BulkOutput, FilterQuery
from links.views import LinkView

# A lease lasts a minute; 25 links, ten of them with passwords, take a few seconds on a busy machine.
ITEMS_PER_RENEWAL = 25


class LinkBulkView(LinkView):
    """`/api/links/bulk`."""

    @extend_schema(
        operation_id="createLinks",
        summary="Shorten many URLs",
        description=(
            "Each link is made, found or refused for itself, in the given order; the answer is 200 even when all "
            "are refused. 400 for the request as a whole makes nothing."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=BulkInput,
        responses=BulkOutput,
    )
    def post(self, request: Request) -> Response:
        """Create up to 100 links."""
        items = BulkInput.parse(request)["links"]
        results = []
        for result in bulk.results_of(items, make=self.make, envelope=self.envelope):
            results.append(result)
            if len(results) % ITEMS_PER_RENEWAL == 0:
                self.renew_lease()
        return self.answer({"results": results})


class LinkExportView(LinkView):
    """`/api/links/export.csv`."""

    @extend_schema(
        operation_id="exportLinks",
        summary="Export links as CSV",
        description=(
            "All links that the filters leave, newest first. The columns are the keys of a link; `tags` is a JSON "
            "array. A text that a spreadsheet would run as a formula has an apostrophe in front."
        ),
        parameters=[FilterQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream the caller's links."""
        links = self.links(FilterQuery.parse_data(request.query_params.dict()))
        name = f"links-{timezone.now():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            () if request.method == "HEAD" else links_as_csv(links),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
