"""Fixed windows: how many requests of a bucket fell into the current minute, counted in one atomic step.

Three stores with one method. Redis for several hosts (its own clock, one script, one round trip); a SQLite
file for several processes of one host; a dictionary for one process. When Redis or the file fails, counting
goes on in the process, from the last count that the store told, so the limit holds for each process.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
RETRY_AFTER_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 0.045
_KEEP_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Window:
    """One hit. count: with this one. ends_at: Unix seconds. now: the store's clock, Unix seconds."""

    count: int
    limit: int
    ends_at: int
    now: float

    @property
    def exceeded(self) -> bool:
        """Return whether this request is over the limit."""
        return self.count > self.limit

    @property
    def remaining(self) -> int:
        """Return the requests left."""
        return max(0, self.limit - self.count)

    @property
    def retry_after_seconds(self) -> int:
        """Return whole seconds to the window's end, at least 1."""
        return max(1, int(-(-(self.ends_at - self.now) // 1)))

    def headers(self) -> dict[str, str]:
        """Return the three `X-RateLimit-…` headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.ends_at),
        }


class Windows(Protocol):
    """A store of windows."""

    def hit(self, bucket: str, limit: int) -> Window:
        """Count one request of the bucket and return its window."""


def window_end(now: float) -> int:
    """Return the end of the window around a time: the next whole minute, UTC, in Unix seconds."""
    return (int(now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS


class MemoryWindows:
    """Counts in this process; exact over its threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    def hit(self, bucket: str, limit: int) -> Window:
        """Count one request."""
        now = self._clock()
        ends_at = window_end(now)
        with self._lock:
            end, count = self._counts.get(bucket, (ends_at, 0))
            count = count + 1 if end == ends_at else 1
            self._set(bucket, ends_at, count)
        return Window(count, limit, ends_at, now)

    def observe(self, bucket: str, window: Window) -> None:
        """Take over a count that another store told, to go on from if that store fails."""
        with self._lock:
            self._set(bucket, window.ends_at, window.count)

    def _set(self, bucket: str, ends_at: int, count: int) -> None:
        if len(self._counts) >= _KEEP_BUCKETS and bucket not in self._counts:
            self._counts = {name: row for name, row in self._counts.items() if row[0] >= ends_at}
            if len(self._counts) >= _KEEP_BUCKETS:
                # More buckets than fit in one minute: dropping the oldest is kinder than running out of memory.
                self._counts.pop(next(iter(self._counts)))
        self._counts[bucket] = (ends_at, count)


class GuardedWindows:
    """A shared store with a process-local one behind it: a failing store costs neither a 500 nor a stall."""

    def __init__(self, store: Windows, name: str, failures: tuple[type[Exception], ...]) -> None:
        self._store = store
        self._name = name
        self._failures = failures
        self._local = MemoryWindows()
        self._down_until = 0.0
        self._is_down = False

    def hit(self, bucket: str, limit: int) -> Window:
        """Count one request in the store, or locally while the store is down (looked at every 5 s)."""
        if time.monotonic() < self._down_until:
            return self._local.hit(bucket, limit)
        try:
            window = self._store.hit(bucket, limit)
        except self._failures as error:
            self._down_until = time.monotonic() + RETRY_AFTER_SECONDS
            if not self._is_down:
                self._is_down = True
                log.error("rate_limit_store_down", store=self._name, error=type(error).__name__)
            return self._local.hit(bucket, limit)
        if self._is_down:
            self._is_down = False
            log.warning("rate_limit_store_back", store=self._name)
        self._local.observe(bucket, window)
        return window


class SqliteWindows:
    """Counts in a SQLite file, exact over the processes and threads of one host.

    The file holds nothing that must survive a power cut, so it is never synced to disk.
    """

    _HIT = (
        "INSERT INTO windows (bucket, ends_at, count) VALUES (?, ?, 1) ON CONFLICT (bucket) DO UPDATE SET "
        "count = CASE WHEN ends_at >= excluded.ends_at THEN count + 1 ELSE 1 END, "
        "ends_at = max(ends_at, excluded.ends_at) RETURNING count, ends_at"
    )

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._threads = threading.local()

    def hit(self, bucket: str, limit: int) -> Window:
        """Count one request; raises sqlite3.Error when the file cannot be written within 5 s."""
        now = self._clock()
        count, ends_at = self._connection().execute(self._HIT, (bucket, window_end(now))).fetchone()
        return Window(count, limit, ends_at, now)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS windows (bucket TEXT PRIMARY KEY, ends_at INTEGER NOT NULL, "
                "count INTEGER NOT NULL) WITHOUT ROWID"
            )
            connection.execute("DELETE FROM windows WHERE ends_at < ?", (int(self._clock()),))
            self._threads.connection = connection
        return connection


class RedisWindows:
    """Counts in Redis by one script: the key lives until its window ends, by Redis's own clock.

    Raises redis.RedisError when Redis does not answer within 45 ms.
    """

    _SCRIPT = """
        local time = redis.call('TIME')
        local ends = (math.floor(time[1] / ARGV[1]) + 1) * ARGV[1]
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('PEXPIREAT', KEYS[1], ends * 1000) end
        return {count, ends, time[1], time[2]}
    """

    def __init__(self, url: str) -> None:
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._client.register_script(self._SCRIPT)

    def hit(self, bucket: str, limit: int) -> Window:
        """Count one request in one round trip."""
        count, ends_at, seconds, micros = self._script(keys=[f"rate:{{{bucket}}}"], args=[WINDOW_SECONDS])
        return Window(int(count), limit, int(ends_at), int(seconds) + int(micros) / 1e6)


@cache
def rate_windows() -> Windows:
    """Return the store that `THROTTLE_BACKEND` names: `redis`, `sqlite` or `memory`."""
    match settings.THROTTLE_BACKEND:
        case "redis":
            return GuardedWindows(RedisWindows(settings.REDIS_URL), "redis", (redis.RedisError, OSError))
        case "sqlite":
            path = settings.VAR_DIR / "limits.sqlite3"
            return GuardedWindows(SqliteWindows(path), "sqlite", (sqlite3.Error, OSError))
        case _:
            return MemoryWindows()
