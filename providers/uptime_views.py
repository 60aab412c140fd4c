"""HTTP of measured uptime for programs."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.errors import NotFound
from providers import uptime
from providers.models import Provider
from providers.openapi import ProviderAutoSchema
from providers.public import OpenToBrowsers
from providers.uptime_serializers import UptimeOutput, UptimeQuery


class UptimeView(OpenToBrowsers):
    """`/api/providers/<slug>/uptime`."""

    product = "fluxme"
    schema = ProviderAutoSchema()

    @extend_schema(
        operation_id="getUptime",
        summary="Read a provider's measured uptime",
        description=(
            "What our own checks of the provider's status page found in the last 90 days (UTC). Time in which "
            "nobody looked is in no day. `uptimePercentage` of the listing is what the provider says itself."
        ),
        auth=[],
        responses=UptimeOutput,
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return days and incidents."""
        UptimeQuery.parse_query(request)
        provider = Provider.objects.live().filter(slug=slug).first()
        if provider is None:
            raise NotFound
        is_measured = uptime.is_measured(provider)
        found = {
            "measured_uptime": provider.measured_uptime,
            "is_measured": is_measured,
            "days": uptime.days_of(provider) if is_measured else [],
            "incidents": uptime.incidents_of(provider) if is_measured else [],
        }
        return self.answer_unless_known(request, UptimeOutput(found).data)
