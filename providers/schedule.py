"""When a provider is pulled next. Pure: the clock and the dice come from the caller."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MIN_INTERVAL = timedelta(minutes=5)
MAX_INTERVAL = timedelta(hours=24)
DEFAULT_INTERVAL = timedelta(minutes=15)
JITTER = 0.1
# After so many failures in a row; every further one waits as long as the last.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 480, 960, 1440))
MAX_DIGITS = 9


def after_success(now: datetime, interval: timedelta, dice: float) -> datetime:
    """Return the time of the next pull: the interval, ±10 % so that those who began together drift apart.

    dice: from 0 (earliest) to 1 (latest).
    """
    return now + _jittered(interval, dice)


def after_failure(now: datetime, failures: int, dice: float, retry_after: timedelta | None = None) -> datetime:
    """Return the time of the next pull after so many failures in a row (1 or more).

    1, 5, 15, 30, 60 minutes and so on up to 24 hours, ±10 %; never before the server's own `Retry-After`,
    which counts for at most 24 hours.
    """
    wait = _jittered(BACK_OFF[min(failures, len(BACK_OFF)) - 1], dice)
    if retry_after is not None:
        wait = max(wait, min(retry_after, MAX_INTERVAL))
    return now + wait


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Return what a `Retry-After` header asks for, seconds or an HTTP date (RFC 9110, 10.2.3); else None."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:MAX_DIGITS]))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def _jittered(wait: timedelta, dice: float) -> timedelta:
    return wait * (1 + JITTER * (2 * dice - 1))
