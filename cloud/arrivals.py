"""What a page waits for, a sign-in or a signature, and how the process that holds its socket learns of it.

The row decides. Where there is Redis, a message on CHANNEL says `kind:key` once the row is committed; a lost one
costs the time to the next look and nothing else. So: subscribe, then look.
"""

from datetime import datetime
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import transaction

from api.context import current_network
from cloud.models import Arrival, Kind, LoginPhrase

log = structlog.get_logger(__name__)

CHANNEL = "cloud.arrivals"


def leave(kind: Kind, key: str, payload: dict[str, Any], *, until: datetime) -> None:
    """Leave something under a key, in the caller's transaction, and tell who waits when it is committed."""
    columns = {"payload": payload, "network": current_network(), "expires_at": until}
    Arrival.objects.update_or_create(kind=kind, key=key, defaults=columns)
    announce(kind, key)


def announce(kind: str, key: str) -> None:
    """Tell the processes that hold sockets to look, once the caller's transaction is committed."""
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _publish(f"{kind}:{key}"), robust=True)


def arrived(kind: str, key: str) -> dict[str, Any] | None:
    """Return what lies under the key, None when nothing does or its fifteen minutes are over."""
    return all_arrived(kind, [key]).get(key)


def all_arrived(kind: str, keys: list[str]) -> dict[str, dict[str, Any]]:
    """Return what lies under any of the keys, by key, in one query."""
    return dict(Arrival.objects.of(kind, *keys).values_list("key", "payload"))


def arrived_from(network: str, kind: str, key: str) -> dict[str, Any] | None:
    """Return what lies under the key if it was left from the network.

    Whoever shows somebody else a phrase of theirs to sign waits elsewhere.
    """
    return Arrival.objects.of(kind, key).filter(network=network).values_list("payload", flat=True).first()


def is_awaited(phrase: str) -> bool:
    """Return whether a sign-in with the phrase can still come."""
    return LoginPhrase.objects.live().filter(pk=phrase).exists()


def all_awaited(names: list[str]) -> frozenset[str]:
    """Return those of the phrases with which a sign-in can still come, in one query."""
    return frozenset(LoginPhrase.objects.live().filter(pk__in=names).values_list("pk", flat=True))


def _publish(message: str) -> None:
    try:
        _publisher().publish(CHANNEL, message.encode())
    except redis.RedisError as error:
        log.warning("arrival_not_published", error=type(error).__name__)


@cache
def _publisher() -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25
    )
    return client
