"""One `Idempotency-Key` that arrives many times at once, at several server processes, makes one order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from tests.live import LiveServer, running_server, temporary_database

SENDERS = 8


def order_at_once(server: LiveServer, name: str) -> tuple[list[requests.Response], int]:
    """Send one order under one name from many senders; return their answers and how many orders there are."""
    headers = {"X-Api-Key": server.issue_key("fluxstore")}
    api, start = f"{server.url}/api/v1", Barrier(SENDERS, timeout=30)
    package = requests.post(
        f"{api}/packages", json={"name": "VIP", "price": 5}, headers=headers, timeout=60
    ).json()
    wanted: Any = {"playerUsername": name, "items": [{"packageId": package["data"]["id"], "quantity": 1}]}

    def send(_: int) -> requests.Response:
        start.wait()
        return requests.post(f"{api}/orders", json=wanted, headers=headers | {"Idempotency-Key": name}, timeout=60)

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(send, range(SENDERS)))
    made = requests.get(f"{api}/orders?player={name}", headers=headers, timeout=60).json()["data"]
    return answers, made["totalCount"]


def check(server: LiveServer) -> None:
    """The first sender gets the order; the others the same answer, or are told that it is being made."""
    for name in ("Steve", "Alex", "Ruth"):
        answers, made = order_at_once(server, name)
        granted = [answer for answer in answers if answer.status_code == 200]
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert made == len({answer.content for answer in granted}) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in granted) == 1


@pytest.mark.once
def test_one_name_at_once_makes_one_order_on_sqlite():
    with running_server(workers=2, threads=4) as server:
        check(server)


@pytest.mark.services
def test_one_name_at_once_makes_one_order_on_postgresql(settings):
    with (
        temporary_database() as database,
        running_server(workers=2, threads=4, DATABASE_URL=database, REDIS_URL=settings.REDIS_URL) as server,
    ):
        check(server)
