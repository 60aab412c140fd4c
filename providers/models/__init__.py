"""The tables of the directory, a module for each noun."""

from providers.models.changes import Change
from providers.models.listing import (
    MAX_DATA_CENTERS,
    MAX_HOURS,
    MAX_NODES,
    MAX_PRICE,
    SLUG_PATTERN,
    Provider,
    ProviderType,
    Source,
    SupportChannel,
    Tier,
    TierName,
)
from providers.models.reviews import HIGHEST, LOWEST, ReportReason, Review, ReviewReport, ReviewState

__all__ = [
    "HIGHEST",
    "LOWEST",
    "MAX_DATA_CENTERS",
    "MAX_HOURS",
    "MAX_NODES",
    "MAX_PRICE",
    "SLUG_PATTERN",
    "Change",
    "Provider",
    "ProviderType",
    "ReportReason",
    "Review",
    "ReviewReport",
    "ReviewState",
    "Source",
    "SupportChannel",
    "Tier",
    "TierName",
]
