"""Moments as Flux nodes have them: milliseconds since 1970, and `2026-11-21T02:59:22.248Z`."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Return the present, in Unix milliseconds."""
    return (timezone.now() - _EPOCH) // timedelta(milliseconds=1)


def at_ms(moment_ms: int) -> datetime:
    """Return the moment of a number of Unix milliseconds; 13 digits always are one."""
    return _EPOCH + timedelta(milliseconds=moment_ms)


def written(moment: datetime) -> str:
    """Return a moment as JavaScript writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
