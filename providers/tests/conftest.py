"""What the tests of Fluxme share."""

from collections.abc import Iterator

import pytest

from egress import addresses
from providers import fetching
from providers.tests.feeds import FeedServer, feed_server


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """A server on this machine that pulls may reach, without TLS."""
    addresses.open_networks(["127.0.0.0/8"])
    monkeypatch.setattr(fetching, "SCHEMES", frozenset({"http"}))
    try:
        with feed_server() as server:
            yield server
    finally:
        addresses.open_networks([])
