"""The prices of a listing over time, read from its change log."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.charts import PricePoint
from providers.models import Change, Provider

MAX_CHANGES = 200
"""How many changes of prices are looked at, the newest: more steps than a chart can show apart."""

Plans = dict[tuple[str, str], Decimal]


def price_points_of(provider: Provider) -> list[PricePoint]:
    """Return when which plan got which price, the oldest first. One query."""
    changes = list(Change.objects.of(provider).filter(field="tiers")[:MAX_CHANGES])[::-1]
    points: list[PricePoint] = []
    for number, change in enumerate(changes):
        before = _plans(change.old)
        if not number and before:
            # The log's beginning is out of sight, or the prices are older than the log.
            points += _steps(change.at if len(changes) == MAX_CHANGES else provider.created_at, {}, before)
        points += _steps(change.at, before, _plans(change.new))
    return points


def _steps(at: datetime, before: Plans, after: Plans) -> Iterator[PricePoint]:
    for plan, price in after.items():
        if before.get(plan) != price:
            yield PricePoint(at, *plan, price)
    for plan in sorted(before.keys() - after.keys()):
        yield PricePoint(at, *plan, None)


def _plans(tiers: list[Mapping[str, Any]] | None) -> Plans:
    return {(tier["tier"], tier["planName"]): Decimal(tier["price"]) for tier in tiers or []}
