"""How every web worker learns that a link changed: a row in the transaction of the change, read by all.

Each worker looks for new rows every 0.4 s. Where there is Redis, a message without content makes it look at
once. The rows alone decide: a lost message costs 0.4 s and nothing else.
"""

import threading
import time
from datetime import timedelta
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from links.models import LinkChange

log = structlog.get_logger(__name__)

CHANNEL = "links.changes"
LOOK_SECONDS = 0.4
# A row gets its number before it is committed, so rows may appear out of order. No transaction of ours is open
# for half as long as this; a worker that could not look for longer forgets everything it remembers.
OVERLAP = timedelta(seconds=60)
KEEP = timedelta(minutes=10)


def announce(*slugs: str) -> None:
    """Tell every web worker to forget what it remembers of these slugs; part of the caller's transaction."""
    LinkChange.objects.bulk_create([LinkChange(slug=slug) for slug in slugs], batch_size=1000)
    if settings.REDIS_URL:
        transaction.on_commit(_publish, robust=True)


def _publish() -> None:
    try:
        _publisher().publish(CHANNEL, b"")
    except redis.RedisError as error:
        log.warning("change_not_published", error=type(error).__name__)


class Feed:
    """The changes as one worker reads them."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._looked_at: float | None = None

    def news(self) -> set[str] | None:
        """Return the slugs that changed since the last look, None when that was too long ago to tell.

        Raises django.db.Error.
        """
        now = time.monotonic()
        rows = LinkChange.objects.filter(changed_at__gte=Now() - OVERLAP).values_list("pk", "slug")
        found = dict(rows.order_by())
        news = {slug for number, slug in found.items() if number not in self._seen}
        is_complete = self._looked_at is not None and now - self._looked_at < OVERLAP.total_seconds() / 2
        self._seen, self._looked_at = set(found), now
        return news if is_complete else None


class Listener:
    """Wakes a worker when Redis says that there is something to look at."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def run(self) -> None:
        """Listen for as long as the process lives; without Redis the looks every 0.4 s go on."""
        while True:
            try:
                client: Any = _client(socket_timeout=None)
                with client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe(CHANNEL)
                    for _ in channel.listen():
                        self._wake.set()
            except (redis.RedisError, OSError):
                threading.Event().wait(1.0)


@cache
def _publisher() -> redis.Redis:
    return _client()


def _client(socket_timeout: float | None = 0.25) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=socket_timeout, socket_connect_timeout=0.25
    )
    return client
