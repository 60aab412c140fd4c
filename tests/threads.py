"""Calls that start together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")
# Longer than any call takes to start; a test that cannot begin fails instead of standing still.
START_SECONDS = 30


def at_once(number: int, call: Callable[[int], Result]) -> list[Result]:
    """Return the results of `number` calls that start together, in threads with connections of their own."""
    barrier = Barrier(number, timeout=START_SECONDS)

    def run(n: int) -> Result:
        barrier.wait()
        try:
            return call(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))
