"""The limiter: is it exact over processes, and what does it cost.

    REDIS_URL=redis://127.0.0.1:6379/9 DATABASE_URL=postgres://… python -m benchmarks.throttle [--runs 5]

Without REDIS_URL only the embedded stores are measured.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.environment import machine
from tests.live import running_server, temporary_database
from tests.test_throttle_processes import storm, wait_for_a_minute_with_room


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    redis_url = os.environ.get("REDIS_URL", "")
    print(machine())
    print("| 300 requests, 64 at once, 4 processes, limit 30 | 200 | 429 | other |")
    print("|---|---|---|---|")
    exactness("SQLite", runs, THROTTLE_BACKEND="sqlite")
    if redis_url:
        exactness("Redis", runs, REDIS_URL=redis_url)
    print()
    print("| one hit, 20,000 in one thread | median | p99 |")
    print("|---|---|---|")
    cost(redis_url)


def exactness(name: str, runs: int, **variables: str) -> None:
    """Print one line for each run of the storm."""
    with ExitStack() as stack:
        if "REDIS_URL" in variables and "DATABASE_URL" in os.environ:
            variables["DATABASE_URL"] = stack.enter_context(temporary_database())
        server = stack.enter_context(running_server(workers=4, threads=4, respawns=False, **variables))
        for number in range(1, runs + 1):
            key = server.issue_key("fluxly", "--rate-per-minute", "30")
            wait_for_a_minute_with_room(20)
            seen = storm(server, key)
            other = sum(seen.values()) - seen[200] - seen[429]
            print(f"| {name}, run {number} | {seen[200]} | {seen[429]} | {other} |", flush=True)


def cost(redis_url: str) -> None:
    """Print the time of one hit in each store."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
    from apikeys.windows import MemoryWindows, RedisWindows, SqliteWindows

    with tempfile.TemporaryDirectory() as folder:
        time_hits("in the process (target ≤ 25 µs)", MemoryWindows().hit)
        time_hits("SQLite file (target ≤ 25 µs)", SqliteWindows(Path(folder) / "limits.sqlite3").hit)
        if redis_url:
            time_hits("Redis (target ≤ 350 µs)", RedisWindows(redis_url).hit)


def time_hits(name: str, hit: Callable[[str, int], object], count: int = 20_000) -> None:
    """Print the median and the 99th percentile of many hits, in microseconds."""
    for _ in range(500):
        hit("warm", 30)
    spent = []
    for number in range(count):
        started = time.perf_counter()
        hit(f"key:{number % 100}", 30)
        spent.append((time.perf_counter() - started) * 1e6)
    print(f"| {name} | {statistics.median(spent):.1f} µs | {statistics.quantiles(spent, n=100)[98]:.1f} µs |")


if __name__ == "__main__":
    main()
