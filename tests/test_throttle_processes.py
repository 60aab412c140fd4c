"""The limit over several server processes: exactly thirty pass, whatever the store."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.live import LiveServer, running_server, temporary_database


def wait_for_a_minute_with_room(seconds: int) -> None:
    """Sleep over the end of the minute when less than `seconds` of it are left."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left + 0.05)


def storm(server: LiveServer, key: str, *, requests_: int = 300, at_once: int = 64) -> Counter[int]:
    """Send requests at once with one key; return how many got which status."""

    def one(_: int) -> int:
        answer = requests.get(f"{server.url}/api/links", headers={"Authorization": f"Bearer {key}"}, timeout=60)
        return answer.status_code

    with ThreadPoolExecutor(at_once) as pool:
        return Counter(pool.map(one, range(requests_)))


@pytest.mark.once
def test_four_processes_share_a_sqlite_file():
    with running_server(workers=4, threads=4, THROTTLE_BACKEND="sqlite") as server:
        key = server.issue_key("fluxly", "--rate-per-minute", "30")
        wait_for_a_minute_with_room(20)
        assert storm(server, key) == {200: 30, 429: 270}


@pytest.mark.services
def test_four_processes_share_redis(settings):
    with (
        temporary_database() as database,
        running_server(workers=4, threads=4, DATABASE_URL=database, REDIS_URL=settings.REDIS_URL) as server,
    ):
        key = server.issue_key("fluxly", "--rate-per-minute", "30")
        wait_for_a_minute_with_room(20)
        assert storm(server, key) == {200: 30, 429: 270}
