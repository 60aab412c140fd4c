import sqlite3
import threading
import time

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from apikeys import windows
from apikeys.windows import GuardedWindows, MemoryWindows, SqliteWindows, Window, window_end


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_000_000_020.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "sqlite"])
def store_and_clock(request, tmp_path):
    clock = Clock()
    if request.param == "memory":
        return MemoryWindows(clock), clock
    return SqliteWindows(tmp_path / "limits.sqlite3", clock), clock


def test_a_window_counts_up_to_its_limit_and_no_further(store_and_clock):
    store, _ = store_and_clock
    hits = [store.hit("a", 3) for _ in range(5)]
    assert [hit.exceeded for hit in hits] == [False, False, False, True, True]
    assert [hit.remaining for hit in hits] == [2, 1, 0, 0, 0]


def test_buckets_do_not_share(store_and_clock):
    store, _ = store_and_clock
    store.hit("a", 1)
    assert not store.hit("b", 1).exceeded


def test_the_next_minute_starts_anew(store_and_clock):
    store, clock = store_and_clock
    first = store.hit("a", 1)
    clock.now = first.ends_at - 0.001
    assert store.hit("a", 1).exceeded
    clock.now = float(first.ends_at)
    assert not store.hit("a", 1).exceeded


@given(st.floats(min_value=0, max_value=4e9))
def test_windows_end_at_whole_minutes_after_now(now):
    end = window_end(now)
    assert end % 60 == 0
    assert 0 < end - now <= 60


@given(st.floats(min_value=0, max_value=4e9))
def test_retry_after_is_whole_seconds_between_one_and_sixty(now):
    assert 1 <= Window(31, 30, window_end(now), now).retry_after_seconds <= 60


def test_threads_get_exactly_the_limit(store_and_clock):
    store, _ = store_and_clock
    granted, lock = [], threading.Lock()

    def many() -> None:
        for _ in range(20):
            hit = store.hit("a", 30)
            with lock:
                granted.append(not hit.exceeded)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 160
    assert sum(granted) == 30


def test_memory_stays_bounded(monkeypatch):
    monkeypatch.setattr(windows, "_KEEP_BUCKETS", 10)
    clock = Clock()
    store = MemoryWindows(clock)
    for number in range(25):
        store.hit(f"old{number}", 1)
    assert len(store._counts) == 10
    clock.now += 60
    store.hit("new", 1)
    assert set(store._counts) == {"new"}


class Failing:
    """A store that answers once and then fails."""

    def __init__(self) -> None:
        self.answers = 0
        self.asked = 0
        self.is_up = True

    def hit(self, bucket: str, limit: int) -> Window:
        self.asked += 1
        if not self.is_up:
            raise sqlite3.OperationalError("disk I/O error")
        self.answers += 1
        return Window(self.answers, limit, window_end(time.time()), time.time())


def test_a_failing_store_is_replaced_by_the_process_which_goes_on_counting_where_it_stood():
    store = Failing()
    guarded = GuardedWindows(store, "test", (sqlite3.Error,))
    guarded.hit("a", 30)
    guarded.hit("a", 30)
    store.is_up = False
    assert guarded.hit("a", 30).count == 3
    assert guarded.hit("a", 30).count == 4


def test_a_failing_store_is_asked_again_only_after_five_seconds(monkeypatch):
    store = Failing()
    store.is_up = False
    guarded = GuardedWindows(store, "test", (sqlite3.Error,))
    now = time.monotonic()
    monkeypatch.setattr("apikeys.windows.time.monotonic", lambda: now)
    guarded.hit("a", 30)
    guarded.hit("a", 30)
    assert store.asked == 1
    now += 5.1
    store.is_up = True
    guarded.hit("a", 30)
    assert store.answers == 1


def test_an_outage_is_logged_once_and_its_end_too(monkeypatch):
    lines = []
    monkeypatch.setattr(windows.log, "error", lambda event, **fields: lines.append(event))
    monkeypatch.setattr(windows.log, "warning", lambda event, **fields: lines.append(event))
    monkeypatch.setattr(windows, "RETRY_AFTER_SECONDS", 0.0)
    store = Failing()
    store.is_up = False
    guarded = GuardedWindows(store, "test", (sqlite3.Error,))
    for _ in range(4):
        guarded.hit("a", 30)
    store.is_up = True
    guarded.hit("a", 30)
    guarded.hit("a", 30)
    assert lines == ["rate_limit_store_down", "rate_limit_store_back"]


def test_redis_that_refuses_connections_costs_no_error_and_no_wait(unused_port):
    guarded = GuardedWindows(
        windows.RedisWindows(f"redis://127.0.0.1:{unused_port}/0"), "redis", (redis.RedisError, OSError)
    )
    started = time.perf_counter()
    assert guarded.hit("a", 30).count == 1
    assert time.perf_counter() - started < 0.1


def test_redis_that_hangs_stalls_less_than_a_tenth_of_a_second(silent_server):
    seconds = []
    for _ in range(5):
        guarded = GuardedWindows(
            windows.RedisWindows(f"redis://127.0.0.1:{silent_server}/0"), "redis", (redis.RedisError, OSError)
        )
        started = time.perf_counter()
        assert guarded.hit("a", 30).count == 1
        seconds.append(time.perf_counter() - started)
    # Of several, since other tests may want the core.
    assert 0.01 < min(seconds) < 0.1


@pytest.mark.services
def test_redis_counts_exactly_and_forgets_at_the_end_of_the_minute(settings):
    store = windows.RedisWindows(settings.REDIS_URL)
    hits = [store.hit("exact", 3) for _ in range(4)]
    if hits[0].ends_at == hits[-1].ends_at:
        assert [hit.count for hit in hits] == [1, 2, 3, 4]
    assert hits[-1].ends_at % 60 == 0
    client = redis.Redis.from_url(settings.REDIS_URL)
    assert 0 < client.pttl("rate:{exact}") <= 60_000


@pytest.mark.parametrize(
    ("backend", "kind"), [("memory", MemoryWindows), ("sqlite", GuardedWindows), ("redis", GuardedWindows)]
)
def test_the_setting_chooses_the_store(settings, backend, kind):
    settings.THROTTLE_BACKEND = backend
    settings.REDIS_URL = "redis://127.0.0.1:6379/9"
    windows.rate_windows.cache_clear()
    assert type(windows.rate_windows()) is kind
    windows.rate_windows.cache_clear()
