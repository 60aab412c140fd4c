"""The names of a listing's fields: which its provider writes, and which Fluxme keeps. Pure.

Sources: "Available Fields" and "managed by Fluxme.io" of the provider API's document, in its order.
"""

WRITABLE = (
    "name",
    "description",
    "long_description",
    "website",
    "discord",
    "country",
    "type",
    "tiers",
    "comments",
    "has_discount",
    "total_nodes",
    "total_clients",
    "uptime_percentage",
    "response_time_hours",
    "pnr_eligible_percent",
    "arcane_os_percent",
    "data_centers",
    "sla",
    "languages",
    "accepts_flux",
    "accepts_stripe",
    "accepts_fiat",
    "support_channels",
    "white_label",
    "auto_renew",
    "delegation_available",
)
PROTECTED = ("slug", "flux_labs_partner", "verified", "is_demo", "rating", "review_count")
# What answers show beside the document's fields; sent back, they are as read-only as the protected ones.
DERIVED = (
    "country_code",
    "version",
    "updated_at",
    "last_push_at",
    "last_pull_at",
    "provenance",
    "measured_uptime",
    "measured_nodes",
)


def api_name(attribute: str) -> str:
    """Return the name that the API gives to an attribute: `arcane_os_percent` → `arcaneOsPercent`."""
    first, *others = attribute.split("_")
    return first + "".join(word.capitalize() for word in others)


READ_ONLY_NAMES = frozenset(api_name(attribute) for attribute in PROTECTED + DERIVED)
WRITABLE_NAMES = tuple(api_name(attribute) for attribute in WRITABLE)
