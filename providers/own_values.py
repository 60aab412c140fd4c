"""The values of a listing as a form holds them: texts, ticks and lists. Knows no database.

Everything is compared in one form, the canonical one, so that 7.90 and 7.9, or an empty text and none, are equal.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.models import SupportChannel, TierName
from providers.serializers import ProviderInput

NUMBERS = frozenset({"uptimePercentage", "responseTimeHours", "pnrEligiblePercent", "arcaneOsPercent", "sla"}) | {
    "totalNodes",
    "totalClients",
    "dataCenters",
}
NULLABLE = frozenset(name for name, field in ProviderInput().fields.items() if field.allow_null)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_CHANNELS = {channel: place for place, channel in enumerate(SupportChannel.values)}


def canonical(name: str, value: Any) -> Any:
    """Return a value, whether typed in or taken from the log, in the form in which values are compared."""
    if name == "tiers":
        return [_tier(tier) for tier in value or ()]
    if name == "supportChannels":
        return sorted(value or (), key=lambda channel: _CHANNELS.get(channel, len(_CHANNELS)))
    if name == "languages":
        return list(value or ())
    if isinstance(value, bool):
        return value
    text = "" if value is None else str(value)
    return _number_text(text) if name in NUMBERS else text.replace("\r\n", "\n")


def _tier(tier: Mapping[str, Any]) -> dict[str, str]:
    size, plan_name = str(tier.get("tier", "")), str(tier.get("planName") or "").strip()
    if not plan_name and size in TierName.values:
        plan_name = TierName(size).label
    return {"tier": size, "price": _number_text(str(tier.get("price", ""))), "planName": plan_name}


def _number_text(text: str) -> str:
    text = text.strip()
    return format(Decimal(text).normalize(), "f") if _NUMBER.fullmatch(text) else text


def json_value(name: str, value: Any) -> Any:
    """Return a canonical value as it would stand in the JSON of a push; what is no number stays text."""
    if name == "tiers":
        return [_tier_json(tier) for tier in value]
    if name in NULLABLE and value == "":
        return None
    return _number_json(value) if name in NUMBERS else value


def _tier_json(tier: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"tier": tier["tier"]}
    if tier["price"]:
        found["price"] = _number_json(tier["price"])
    if tier["planName"]:
        found["planName"] = tier["planName"]
    return found


def _number_json(text: str) -> Any:
    return Decimal(text) if _NUMBER.fullmatch(text) else text
