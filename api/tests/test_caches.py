import socket

import pytest

from api.caches import GuardedRedisCache


def guarded(url: str) -> GuardedRedisCache:
    return GuardedRedisCache(url, {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}})


@pytest.fixture
def lonely():
    """Return a cache whose Redis refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield guarded(f"redis://127.0.0.1:{probe.getsockname()[1]}/0")


def test_without_redis_the_process_remembers(lonely):
    lonely.clear()
    assert lonely.add("a", 1)
    assert not lonely.add("a", 2)
    assert lonely.incr("a") == 2
    lonely.set_many({"b": 3, "c": 4})
    assert lonely.get_many(["a", "b", "c"]) == {"a": 2, "b": 3, "c": 4}
    assert lonely.touch("a", 60)
    assert lonely.has_key("a")
    lonely.delete_many(["b", "c"])
    assert lonely.delete("a")
    assert lonely.get("a", "gone") == "gone"


def test_redis_is_not_asked_again_at_once(lonely, monkeypatch):
    lonely.set("a", 1)
    asked = []
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *a, **k: asked.append(1))
    assert lonely.get("a") == 1
    assert asked == []
    monkeypatch.setattr(lonely, "_down_until", 0.0)
    lonely.get("a")
    assert asked == [1]


@pytest.mark.services
def test_with_redis_the_values_are_there(settings):
    assert settings.CACHES["default"]["BACKEND"] == "api.caches.GuardedRedisCache"
    first, second = guarded(settings.REDIS_URL), guarded(settings.REDIS_URL)
    first.set("shared", "yes", 30)
    assert second.get("shared") == "yes"
