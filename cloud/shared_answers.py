"""Kept answers in Redis, for all processes; while Redis is away, for nobody.

An answer is stored as a line of JSON about it and the bytes of its body: what Redis holds is data, never a pickle.
"""

import secrets
import time
from dataclasses import asdict
from typing import Any

import orjson
import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from cloud.cache import WAIT_SECONDS, Kept, Shared

RETRY_AFTER_SECONDS = 5.0
TIMEOUT_SECONDS = 0.25
log = structlog.get_logger(__name__)


class RedisAnswers(Shared):
    """Answers and claims in Redis; looked at again 5 s after it failed."""

    _RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

    def __init__(self, url: str) -> None:
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._release = self._client.register_script(self._RELEASE)
        self._down_until = 0.0

    def get(self, key: str) -> Kept | None:
        """Return the answer, None for none that can be read."""
        stored = self._try(lambda: self._client.get(f"cloud:answer:{key}"))
        if not stored:
            return None
        head, _, body = stored.partition(b"\n")
        about = orjson.loads(head)
        about["headers"] = tuple((name, value) for name, value in about["headers"])
        return Kept(body=body, **about)

    def put(self, key: str, kept: Kept, seconds: float) -> None:
        """Keep an answer until its end."""
        if seconds <= 0:
            return
        about = asdict(kept)
        body = about.pop("body")
        stored = orjson.dumps(about) + b"\n" + body
        self._try(lambda: self._client.set(f"cloud:answer:{key}", stored, px=max(1, int(seconds * 1000))))

    def claim(self, key: str) -> str:
        """Return a token when this process may ask; without Redis each may."""
        token = secrets.token_hex(8)
        milliseconds = int(WAIT_SECONDS * 1000)
        taken = self._try(
            lambda: self._client.set(f"cloud:claim:{key}", token, nx=True, px=milliseconds) or b"", otherwise=True
        )
        return token if taken else ""

    def release(self, key: str, token: str) -> None:
        """Give the claim back, if it is still ours."""
        if token:
            self._try(lambda: self._release(keys=[f"cloud:claim:{key}"], args=[token]))

    def _try(self, operation: Any, otherwise: Any = None) -> Any:
        if time.monotonic() < self._down_until:
            return otherwise
        try:
            return operation()
        except (redis.RedisError, OSError) as error:
            self._down_until = time.monotonic() + RETRY_AFTER_SECONDS
            log.error("cloud_cache_down", error=type(error).__name__)
            return otherwise
