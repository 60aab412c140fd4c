"""Calls that start together."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection, transaction

Result = TypeVar("Result")
# Longer than any call takes to start; a test that cannot begin fails instead of standing still.
START_SECONDS = 30


def at_once(number: int, call: Callable[[int], Result]) -> list[Result]:
    """Return the results of `number` calls that start together, in threads with connections of their own."""
    barrier = Barrier(number, timeout=START_SECONDS)

    def run(n: int) -> Result:
        barrier.wait()
        return _closing(lambda: call(n))

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def overtaking(first: Callable[[], object], second: Callable[[], Result]) -> Result:
    """Return what `second` comes to when it starts in the middle of the transaction of `first`, on PostgreSQL.

    `first` is committed once `second` waits for a lock of its, or has ended without one.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            later = pool.submit(_closing, second)
            deadline = time.monotonic() + START_SECONDS
            while not later.done() and not _somebody_waits() and time.monotonic() < deadline:
                time.sleep(0.01)
        return later.result()


def _closing(call: Callable[[], Result]) -> Result:
    try:
        return call()
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
