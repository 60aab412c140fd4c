"""Fields and values of a listing as people read them. Pure; asks no database."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers import languages
from providers.charts import money
from providers.models import ProviderType, SupportChannel, TierName

LABELS: Mapping[str, str] = {
    "name": "Name",
    "description": "Description",
    "longDescription": "About",
    "website": "Web site",
    "discord": "Discord",
    "country": "Country",
    "type": "Type",
    "tiers": "Prices",
    "comments": "Remarks on prices",
    "hasDiscount": "Discounts",
    "totalNodes": "Nodes",
    "totalClients": "Clients",
    "uptimePercentage": "Uptime",
    "responseTimeHours": "Answers within",
    "pnrEligiblePercent": "PNR-eligible nodes",
    "arcaneOsPercent": "Nodes on ArcaneOS",
    "dataCenters": "Data centres",
    "sla": "Promised uptime (SLA)",
    "languages": "Languages",
    "acceptsFlux": "Flux",
    "acceptsStripe": "Cards (Stripe)",
    "acceptsFiat": "Fiat money",
    "supportChannels": "Support",
    "whiteLabel": "White label",
    "autoRenew": "Renews by itself",
    "delegationAvailable": "Delegation",
}
"""What pages call a field, by its API name, in the order of the document."""

MAX_SHOWN = 80
_PERCENTS = frozenset({"uptimePercentage", "pnrEligiblePercent", "arcaneOsPercent", "sla"})


def plain_number(number: Decimal) -> str:
    """Return a number without idle zeros: `99.9`, `100`."""
    return f"{number.normalize():f}"


def percent(share: Decimal | None) -> str | None:
    """Return `99.9 %`."""
    return None if share is None else f"{plain_number(share)} %"


def hours(number: Decimal | None) -> str | None:
    """Return a time of hours in the unit that people would use: `30 min`, `4 h`, `2.5 days`."""
    if number is None:
        return None
    if number < 1:
        return f"{plain_number(round(number * 60, 0))} min"
    return f"{plain_number(number)} h" if number < 48 else f"{plain_number(round(number / 24, 1))} days"


def language_names(codes: list[str]) -> str | None:
    """Return the languages by name: `English, Polish`."""
    return ", ".join(languages.names().get(code, code) for code in codes) or None


def plan_label(tier: str, plan_name: str) -> str:
    """Return a plan with its node size, where its name does not say it: `Cumulus`, `Big (Cumulus)`."""
    label = str(TierName(tier).label)
    return label if plan_name == label else f"{plan_name} ({label})"


def value_text(field: str, value: Any) -> str:
    """Return a value of the change log, where decimals are texts, as one short line; "none" for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", []):
        return "none"
    if field == "tiers":
        text = ", ".join(f"{tier['planName']} {money(Decimal(tier['price']))}" for tier in value)
    elif field == "languages":
        text = language_names(value) or ""
    elif field == "responseTimeHours":
        text = hours(Decimal(str(value))) or ""
    elif field == "type":
        text = dict(ProviderType.choices).get(value, value)
    elif field == "supportChannels":
        text = ", ".join(dict(SupportChannel.choices).get(item, item) for item in value)
    elif isinstance(value, list):
        text = ", ".join(str(item) for item in value)
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{value} %" if field in _PERCENTS else " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
