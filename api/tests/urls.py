"""Routes for tests of the answer layer: the same small views below every product's paths."""

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import URLPattern, path
from django_ratelimit.exceptions import Ratelimited
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import errors
from api.addresses import client_address
from api.context import current_network
from api.envelopes import PRODUCT_PATHS
from api.errors import FieldError
from api.fields import StrictDecimalField
from api.serializers import StrictSerializer
from api.views import PlatformAPIView

FAULTS = (
    FieldError("name", "required", "must be given"),
    FieldError("tiers[1].price", "max_value", "must be less"),
)
REFUSALS: dict[str, Exception] = {
    "fields": errors.InvalidFields(errors=FAULTS),
    "unauthorized": errors.Unauthorized(),
    "forbidden": errors.Forbidden(),
    "missing": errors.NotFound(),
    "conflict": errors.Conflict("Taken.", extra={"feature": "api", "required_plan": "pro"}),
    "limit": errors.TooManyRequests(retry_after_seconds=0),
    "crash": RuntimeError("the secret is 4711"),
    "drf-validation": drf.ValidationError({"tiers": [{}, {"price": ["Too much."]}]}),
    "drf-credentials": drf.AuthenticationFailed("This key was revoked."),
    "drf-no-credentials": drf.NotAuthenticated(),
    "drf-throttled": drf.Throttled(wait=6.2),
    "drf-parse": drf.ParseError("Multipart is broken."),
    "drf-missing": drf.NotFound("Order 7 of somebody else."),
    "drf-forbidden": drf.PermissionDenied("Not yours."),
    "rate-limited-page": Ratelimited(),
    "django-missing": Http404("Order 7 of somebody else."),
    "django-forbidden": PermissionDenied("Not yours."),
    "too-big": RequestDataTooBig("…"),
    "suspicious": SuspiciousOperation("…"),
    "cut-off": UnreadablePostError("…"),
}


class TierInput(StrictSerializer):
    price = StrictDecimalField(max_digits=8, decimal_places=2, max_value=100_000)


class ThingInput(StrictSerializer):
    name = serializers.CharField(max_length=5)
    maxUses = serializers.IntegerField(required=False)  # noqa: N815 - the product's own spelling
    tiers = TierInput(many=True, required=False)


class EchoView(PlatformAPIView):
    """Sends back what it was sent."""

    def get(self, request: Request) -> Response:
        return self.answer({"address": client_address(request._request), "network": current_network()})

    def post(self, request: Request) -> Response:
        return self.answer({"body": request.data}, message="Echoed.")


class SmallEchoView(EchoView):
    """Reads ten bytes."""

    max_body_bytes = 10


class ThingView(PlatformAPIView):
    """Reads a thing."""

    def post(self, request: Request) -> Response:
        return self.answer(dict(ThingInput.parse(request)), status=201)


class FormView(PlatformAPIView):
    """Reads a form."""

    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        return self.answer({"names": sorted(request.data)})


class RefusalView(PlatformAPIView):
    """Refuses."""

    def get(self, request: Request, kind: str) -> Response:
        raise REFUSALS[kind]


class PublicView(PlatformAPIView):
    """May be kept by caches."""

    def get(self, request: Request) -> Response:
        response = self.answer([])
        response.headers["Cache-Control"] = "public, max-age=60"
        return response


def plain_refusal(request: HttpRequest, kind: str) -> HttpResponse:
    """Refuses outside DRF."""
    raise REFUSALS[kind]


def _routes(prefix: str, product: str) -> list[URLPattern]:
    base = prefix.strip("/")
    return [
        path(f"{base}/echo", EchoView.as_view(product=product)),
        path(f"{base}/small", SmallEchoView.as_view(product=product)),
        path(f"{base}/things", ThingView.as_view(product=product)),
        path(f"{base}/form", FormView.as_view(product=product)),
        path(f"{base}/public", PublicView.as_view(product=product)),
        path(f"{base}/refuse/<kind>", RefusalView.as_view(product=product)),
        path(f"{base}/plain/<kind>", plain_refusal),
    ]


urlpatterns = [
    route for prefix, product in (*PRODUCT_PATHS, ("/people", "")) for route in _routes(prefix, product)
]
handler400 = "api.handlers.bad_request"
handler403 = "api.handlers.permission_denied"
handler404 = "api.handlers.page_not_found"
handler500 = "api.handlers.server_error"
