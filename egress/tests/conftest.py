"""What the tests of the way out share: names, opened networks, and no network but this machine's."""

import socket

import pytest

from egress import addresses, connections
from egress.tests.authorities import Authority
from egress.tests.names import Names
from egress.tests.servers import PUBLIC, Internet


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


@pytest.fixture
def internet(monkeypatch, names):
    """Give servers of this machine public addresses; `example.com` is the usual one."""
    names.answers["example.com"] = [[PUBLIC]]
    known = Internet()
    real_connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda own, target: known.connect(own, target, real_connect))
    yield known
    known.close()


@pytest.fixture
def authority(monkeypatch, tmp_path):
    """Make the client trust an authority of the test's own, and no other."""
    made = Authority()
    made.trusted.cert_pem.write_to_path(tmp_path / "authorities.pem")
    monkeypatch.setattr("egress.connections.certifi.where", lambda: str(tmp_path / "authorities.pem"))
    connections.tls_context.cache_clear()
    yield made
    connections.tls_context.cache_clear()
