"""Network parts that misbehave, and resources to bind keys to."""

import socket

import pytest
from django.apps import apps


@pytest.fixture
def unused_port():
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_server():
    """Return the port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server.getsockname()[1]


@pytest.fixture
def owned(monkeypatch):
    """Let the fluxme and fluxstore keys be bound to what the test says that the account owns."""
    names: dict[str, list[str]] = {"fluxme": [], "fluxstore": []}
    for label, product in (("providers", "fluxme"), ("store", "fluxstore")):
        config = apps.get_app_config(label)
        monkeypatch.setattr(config, "key_product", product, raising=False)
        monkeypatch.setattr(config, "key_resources", lambda account, p=product: names[p], raising=False)
    return names


@pytest.fixture
def named(monkeypatch):
    """Let Fluxme's resources have known words and a page of their own, as the test says."""
    config = apps.get_app_config("providers")
    words: dict[str, list[str]] = {}
    monkeypatch.setattr(config, "key_known_words", lambda resource: words.get(resource, []), raising=False)
    monkeypatch.setattr(config, "key_page", lambda resource: f"/mine/{resource}/", raising=False)
    return words
