"""The tables of the directory, a module for each noun."""

from providers.models.changes import Change
from providers.models.listing import (
    MAX_DATA_CENTERS,
    MAX_HOURS,
    MAX_NODES,
    MAX_PRICE,
    MEASURED_DAYS,
    SLUG_PATTERN,
    Provider,
    ProviderType,
    Source,
    SupportChannel,
    Tier,
    TierName,
)
from providers.models.nodes import PaymentAddress
from providers.models.pulls import (
    AuthKind,
    HeldChange,
    HeldState,
    HostTurn,
    PauseReason,
    PullFormat,
    PullSource,
    RunStatus,
    SyncRun,
    Trigger,
)
from providers.models.reviews import HIGHEST, LOWEST, ReportReason, Review, ReviewReport, ReviewState
from providers.models.uptime import Incident, UptimeDay, UptimeMonitor

__all__ = [
    "HIGHEST",
    "LOWEST",
    "MAX_DATA_CENTERS",
    "MAX_HOURS",
    "MAX_NODES",
    "MAX_PRICE",
    "MEASURED_DAYS",
    "SLUG_PATTERN",
    "AuthKind",
    "Change",
    "HeldChange",
    "HeldState",
    "HostTurn",
    "Incident",
    "PauseReason",
    "PaymentAddress",
    "Provider",
    "ProviderType",
    "PullFormat",
    "PullSource",
    "ReportReason",
    "Review",
    "ReviewReport",
    "ReviewState",
    "RunStatus",
    "Source",
    "SupportChannel",
    "SyncRun",
    "Tier",
    "TierName",
    "Trigger",
    "UptimeDay",
    "UptimeMonitor",
]
