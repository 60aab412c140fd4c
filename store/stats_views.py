"""What a store sold, over HTTP."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from store import stats
from store.errors import field_fault
from store.listing import day, read_parameters
from store.resources import ResourceView, query_parameters
from store.stats_serializers import StatsOutput

MAX_DAYS, DEFAULT_DAYS = 366, 30
PARAMETERS = {
    "from": day("The first day. Without it, 30 days up to the last."),
    "to": day("The last day. Without it, today in the store's time zone."),
}


class StatsView(ResourceView):
    """`/api/v1/stats`."""

    area = "Orders"
    noun, plural = "stats", "stats"
    output = StatsOutput

    @extend_schema(
        operation_id="readStats",
        summary="Read what was sold",
        description="Revenue, orders and the best packages of some days of the store's time zone, "
        f"{MAX_DAYS} at most. Needs Orders:View.",
        parameters=query_parameters(PARAMETERS),
        responses=StatsOutput,
    )
    def get(self, request: Request) -> Response:
        """Answer the sums."""
        first, last = self._span(read_parameters(PARAMETERS, request.query_params))
        sums = stats.sums_of(self.store, first, last)
        days = sums.days.values()
        shown = {
            "first": first,
            "last": last,
            "timezone": self.store.timezone,
            "currency": self.store.currency,
            "revenue": sum(day.revenue for day in days),
            "orders": sum(day.orders for day in days),
            "refunded": sum(day.refunded for day in days),
            "top": sums.top,
            "days": [{"date": at, "revenue": day.revenue, "orders": day.orders} for at, day in sums.days.items()],
        }
        return self.answer(StatsOutput(shown, context=self.context).data)

    def _span(self, wanted: dict[str, Any]) -> tuple[date, date]:
        last = wanted["to"] or timezone.now().astimezone(ZoneInfo(self.store.timezone)).date()
        first = wanted["from"] or last - timedelta(DEFAULT_DAYS - 1)
        if first > last:
            raise field_fault("from", "after_end", "must not be after to")
        if (last - first).days >= MAX_DAYS:
            raise field_fault("from", "too_long", f"must be at most {MAX_DAYS} days up to and with to")
        return first, last
