"""HTTP of reviews for programs: what everybody may read."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from api.errors import NotFound
from providers.models import Provider, Review
from providers.openapi import ProviderAutoSchema
from providers.public import OpenToBrowsers
from providers.reviews_serializers import ReviewPage, ReviewsQuery


class ReviewListView(OpenToBrowsers):
    """`/api/providers/<slug>/reviews`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="listReviews",
        summary="List a provider's reviews",
        description="The published ones, the newest first: those that `rating` and `reviewCount` count.",
        auth=[],
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            OpenApiParameter(
                "after",
                {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
                description="The `nextCursor` of the page before",
            ),
        ],
        responses=ReviewPage,
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return one page of the published reviews."""
        query = ReviewsQuery.parse_query(request)
        provider = Provider.objects.live().filter(slug=slug).first()
        if provider is None:
            raise NotFound
        after = int(query["after"]) if "after" in query else None
        rows, cursor = Review.objects.of(provider).published().page(limit=query["limit"], after=after)
        page = {"items": rows, "nextCursor": str(cursor) if cursor else None}
        return self.answer_unless_known(request, ReviewPage(page).data)
