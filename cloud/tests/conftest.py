"""What tests of Flux Cloud may use: a stopped clock, callers, and a service that notes what it is asked."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from apikeys import authentication
from apikeys.windows import MemoryWindows
from cloud import gateway_views, limits
from cloud.backends import Answer, BackendStatus, Call
from cloud.callers import PUBLIC, Caller

MINUTE = 1_800_000_000
USER = Caller("user-1", "user", 1, "phrase")
OPERATOR = Caller("operator-1", "admin", 2, "phrase")
OWNER = Caller("owner-1", "user", 3, "phrase")
SUCCESS = b'{"status":"success","data":{"balance":1.5,"blocks":7}}'


class Node:
    """Stands for the service behind the gateway; notes what it is asked."""

    name = "node"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[Call], Answer] = lambda call: Answer(200, "application/json", SUCCESS)

    def call(self, call: Call) -> Answer:
        self.calls.append(call)
        return self.answer(call)

    def status(self) -> BackendStatus:
        return BackendStatus(self.name, is_configured=True)


@pytest.fixture
def node(monkeypatch) -> Node:
    behind = Node()
    monkeypatch.setattr("cloud.gateway.backend_for", lambda route: behind)
    return behind


@pytest.fixture
def be(monkeypatch, settings) -> Callable[[Caller], None]:
    """Return what decides who calls."""
    settings.CLOUD = replace(settings.CLOUD, calls_per_minute=1000)

    def become(caller: Caller) -> None:
        monkeypatch.setattr(gateway_views, "caller_of", lambda request: caller)

    become(PUBLIC)
    return become


@pytest.fixture
def frozen_flux_minute(monkeypatch):
    """Stop the clock of the windows ten seconds into a minute."""
    store = MemoryWindows(lambda: MINUTE + 10.0)
    for module in (limits, authentication):
        monkeypatch.setattr(module, "rate_windows", lambda: store)
