"""What the tests of the way out share: names, opened networks, and no network but this machine's."""

import socket

import pytest

from egress import addresses
from egress.tests.names import Names


@pytest.fixture
def names(monkeypatch):
    """Replace the resolver; no name is known until a test gives it answers."""
    known = Names()
    monkeypatch.setattr(socket, "getaddrinfo", known)
    return known


@pytest.fixture
def open_networks():
    """Return a function that opens networks until the test ends."""
    before = [str(network) for network in addresses.opened_networks()]
    yield lambda *networks: addresses.open_networks(networks)
    addresses.open_networks(before)
