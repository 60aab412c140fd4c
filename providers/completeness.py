"""How complete a listing is: what of that which customers look for it says. Pure.

Remarks, discounts and the yes/no questions are left out: their absence is an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LOOKED_FOR = (
    "description",
    "longDescription",
    "website",
    "discord",
    "country",
    "tiers",
    "totalNodes",
    "totalClients",
    "uptimePercentage",
    "sla",
    "responseTimeHours",
    "pnrEligiblePercent",
    "arcaneOsPercent",
    "dataCenters",
    "languages",
    "supportChannels",
)
PAYMENTS = ("acceptsFlux", "acceptsStripe", "acceptsFiat")


@dataclass(frozen=True, slots=True)
class Completeness:
    """percent: 0–100, whole. missing: the API's names; a listing without any way to pay lacks `acceptsFlux`."""

    percent: int
    missing: tuple[str, ...]


def completeness_of(values: Mapping[str, Any]) -> Completeness:
    """Return how complete the values are, which stand under the API's names. A zero is an answer."""
    missing = [name for name in _LOOKED_FOR if values[name] in (None, "", [])]
    if not any(values[name] for name in PAYMENTS):
        missing.append(PAYMENTS[0])
    wanted = len(_LOOKED_FOR) + 1
    # Rounded down: 100 is said of a complete listing only.
    return Completeness((wanted - len(missing)) * 100 // wanted, tuple(missing))
