"""What looks like a mistake in an update and is applied all the same."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from api.errors import FieldError
from providers.models import Provider


def cautions(row: Provider, fields: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return what looks like a mistake among the fields that were sent; nothing here is refused."""
    found = []
    if _exceeds(row, fields, "pnr_eligible_percent", "arcane_os_percent"):
        sentence = "is above arcaneOsPercent, but PNR needs ArcaneOS"
        found.append(FieldError("pnrEligiblePercent", "pnr_above_arcane_os", sentence))
    if _exceeds(row, fields, "sla", "uptime_percentage"):
        found.append(FieldError("sla", "sla_above_uptime", "promises more than uptimePercentage shows"))
    if fields.get("website") and row.website and row.website.lower().startswith("http:"):
        found.append(FieldError("website", "insecure_website", "is not encrypted; use https"))
    return tuple(found)


def _exceeds(row: Provider, fields: Mapping[str, Any], part: str, whole: str) -> bool:
    low: Decimal | None = getattr(row, whole)
    high: Decimal | None = getattr(row, part)
    return bool({part, whole} & fields.keys()) and low is not None and high is not None and high > low
