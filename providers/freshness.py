"""How long ago something happened, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.charts import day_text

STALE_AFTER = timedelta(days=30)
"""A listing without a sign of life for so long says so."""

_DAYS_IN_WORDS = 60


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last sign of life of a listing. verb: `pushed`, `pulled` or `updated`. ago: `3 h ago`."""

    verb: str
    at: datetime
    ago: str
    is_stale: bool


def freshness_of(
    *, pushed_at: datetime | None, pulled_at: datetime | None, updated_at: datetime, now: datetime
) -> Freshness:
    """Return the latest of the signs: a push, a pull, and where there was neither, the last change."""
    signs = [(at, verb) for at, verb in ((pushed_at, "pushed"), (pulled_at, "pulled")) if at is not None]
    at, verb = max(signs, default=(updated_at, "updated"))
    return Freshness(verb, at, ago(at, now), now - at >= STALE_AFTER)


def ago(at: datetime, now: datetime) -> str:
    """Return `just now`, `5 min ago`, `3 h ago`, `12 days ago`, and the day itself after sixty of them."""
    minutes = (now - at) // timedelta(minutes=1)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    days = minutes // (24 * 60)
    return f"{days} days ago" if days <= _DAYS_IN_WORDS else f"on {day_text(at)}"
