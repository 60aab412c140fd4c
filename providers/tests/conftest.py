"""What the tests of Fluxme share."""

from collections.abc import Iterator

import pytest

from egress import addresses
from providers import checks, fetching, files, trials
from providers.places import Places
from providers.tests.feeds import FeedServer, feed_server
from providers.tests.status_pages import StatusPage


@pytest.fixture(autouse=True)
def free_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with every place free: a test may leave an answer unread, which a web server would close."""
    for module in (files, trials):
        monkeypatch.setattr(module, "_places", Places())


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


@pytest.fixture
def status_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[StatusPage]:
    """A status page on this machine that checks may reach, without TLS."""
    addresses.open_networks(["127.0.0.0/8"])
    monkeypatch.setattr(checks, "SCHEMES", frozenset({"http"}))
    page = StatusPage()
    yield page
    page.stop()
    addresses.open_networks([])
