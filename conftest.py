"""What every test may use."""

import pytest

from apikeys import authentication, windows


@pytest.fixture(autouse=True)
def fresh_limits(settings, monkeypatch):
    """Start each test with empty rate windows of its own; the store is real, its bucket names are not shared."""
    windows.rate_windows.cache_clear()
    authentication._guessing.clear()
    if settings.THROTTLE_BACKEND == "redis":
        windows.redis.Redis.from_url(settings.REDIS_URL).flushdb()
    yield
    windows.rate_windows.cache_clear()
