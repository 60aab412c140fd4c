"""The cache of pages and sign-in limits on Redis, with the process's own memory behind it.

Without Redis a sign-in page must still answer, and its limits must still hold, if only per process.
"""

import time
from typing import Any

import redis
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5.0
_OPERATIONS = (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "get_many",
    "has_key",
    "incr",
    "set_many",
    "delete_many",
    "clear",
)


class GuardedRedisCache(RedisCache):
    """Django's Redis cache; while Redis is down (looked at every 5 s) each operation runs in the process."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("guarded", {})
        self._down_until = 0.0

    def guarded(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Run one operation on Redis, or locally when Redis does not answer."""
        if time.monotonic() >= self._down_until:
            try:
                return getattr(RedisCache, operation)(self, *args, **kwargs)
            except (redis.RedisError, OSError) as error:
                self._down_until = time.monotonic() + RETRY_AFTER_SECONDS
                log.error("cache_down", error=type(error).__name__)
        return getattr(self._local, operation)(*args, **kwargs)


def _forward(operation: str) -> Any:
    def forwarded(self: GuardedRedisCache, *args: Any, **kwargs: Any) -> Any:
        return self.guarded(operation, *args, **kwargs)

    return forwarded


for _operation in _OPERATIONS:
    setattr(GuardedRedisCache, _operation, _forward(_operation))
