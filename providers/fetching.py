"""One fetch of a provider's feed: what is asked, and what came of it. Touches no database.

Nothing here leaves the process but through `egress`.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from api.errors import FieldError
from egress.client import Fetched, Limits, fetch
from egress.errors import FetchFailed
from egress.requests import is_sendable
from providers import feeds, sealing
from providers.feeds import Reading, Unusable
from providers.models import AuthKind, PauseReason, Provider, PullSource, Trigger
from providers.provenance import pinned_fields
from providers.schedule import retry_after

SCHEMES = frozenset({"https"})
LIMITS = Limits(seconds=10, max_bytes=1024 * 1024, max_redirects=3)
USABLE = frozenset({200, 203})
NOT_MODIFIED = 304
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})
_PAUSING = {401: PauseReason.REFUSED, 403: PauseReason.REFUSED, 410: PauseReason.GONE}
_PAUSES = {
    PauseReason.REFUSED: "The server refuses us",
    PauseReason.GONE: "The server says that the address is gone for good",
}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing can be applied.

    pause: stop pulling for this reason. retry_after: what the server asks for. invalid: the fields at fault.
    """

    code: str
    message: str
    pause: PauseReason = PauseReason.NONE
    retry_after: timedelta | None = None
    invalid: tuple[FieldError, ...] = ()


CRASH = Failure("internal_error", "Something went wrong on our side.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One fetch and its reading.

    reading: None after a failure and after 304. fetched: None when no answer came.
    """

    source: PullSource
    trigger: Trigger
    started_at: datetime
    elapsed_ms: int
    fetched: Fetched | None
    reading: Reading | None
    failure: Failure | None


def attempt(source: PullSource, trigger: Trigger) -> Attempt:
    """Fetch and read the feed, in at most about ten seconds. Never raises: what goes wrong is the result."""
    started_at, start = timezone.now(), time.monotonic()
    fetched: Fetched | None = None
    reading: Reading | None = None
    failure: Failure | None = None
    try:
        headers = headers_of(source, trigger)
        fetched = fetch(source.url, headers=headers, schemes=SCHEMES, limits=LIMITS)
        failure = _refusal(fetched, is_conditional=not _CONDITIONS.isdisjoint(headers))
        if failure is None and fetched.status != NOT_MODIFIED:
            reading = feeds.read(source, fetched.body)
    except FetchFailed as error:
        failure = Failure(error.code, error.message)
    except Unusable as error:
        failure = Failure(error.code, error.message, invalid=error.invalid)
    except sealing.SealBroken:
        failure = Failure("unreadable_secret", PauseReason.UNREADABLE.label, PauseReason.UNREADABLE)
    except Exception:
        # One provider's oddity must not end the work for all others.
        log.exception("pull_crashed", source_id=source.pk, provider_id=source.provider_id)
        failure = CRASH
    elapsed_ms = round((time.monotonic() - start) * 1000)
    return Attempt(source, trigger, started_at, elapsed_ms, fetched, reading, failure)


def headers_of(source: PullSource, trigger: Trigger) -> dict[str, str]:
    """Return what is sent along: who we are to the server, and under which condition we want the body.

    Raises SealBroken.
    """
    headers = {"Accept": "application/json"}
    if trigger != Trigger.TEST and source.seen_state and source.seen_state == state_of(source.provider):
        conditions = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
        headers |= {name: value for name, value in conditions.items() if value}
    if source.auth_kind == AuthKind.NONE:
        return headers
    secret = sealing.opened(source.auth_secret)
    if source.auth_kind == AuthKind.HEADER:
        return headers | {source.auth_name: secret}
    if source.auth_kind == AuthKind.BASIC:
        pair = base64.b64encode(f"{source.auth_name}:{secret}".encode()).decode("ascii")
        return headers | {"Authorization": f"Basic {pair}"}
    return headers | {"Authorization": f"Bearer {secret}"}


def state_of(provider: Provider) -> str:
    """Return what a condition is worth only under: the listing's version and its pins.

    A feed that did not change must be applied again once staff set another value or a pin was released.
    """
    pins = ",".join(sorted(pinned_fields(provider.provenance)))
    return f"{provider.version}-{hashlib.sha256(pins.encode()).hexdigest()[:16]}"


def validators_of(fetched: Fetched) -> Mapping[str, str]:
    """Return the validators to keep, those that fit the columns and may be sent back."""
    etag, modified = fetched.headers.get("etag", ""), fetched.headers.get("last-modified", "")
    return {
        "etag": etag if len(etag) <= 512 and is_sendable("If-None-Match", etag) else "",
        "last_modified": modified if len(modified) <= 64 and is_sendable("If-Modified-Since", modified) else "",
    }


def _refusal(fetched: Fetched, *, is_conditional: bool) -> Failure | None:
    status = fetched.status
    if status in USABLE or (status == NOT_MODIFIED and is_conditional):
        return None
    pause = _PAUSING.get(status, PauseReason.NONE)
    if pause:
        return Failure(pause.value, f"{_PAUSES[pause]} ({status}).", pause)
    wait = retry_after(fetched.headers.get("retry-after"), timezone.now())
    return Failure("bad_status", f"The server answered {status} instead of 200.", retry_after=wait)
