"""Servers: what the store admin does with them, and what hangs on them."""

import pytest

from api.errors import NotFound
from audit.models import AuditEvent
from store import services
from store.models import Server
from store.tests.factories import make_package, make_server, make_store, store_client

pytestmark = pytest.mark.django_db


def test_a_renamed_server_is_listed_by_its_new_name():
    store = make_store()
    server = services.rename_server(server=make_server(store), store=store, name="Lobby")
    items = store_client(store).get("/api/v1/servers").json()["data"]["items"]
    assert [(item["id"], item["name"]) for item in items] == [(str(server.pk), "Lobby")]
    assert list(items[0]) == ["id", "name", "createdAt"]
    assert AuditEvent.objects.filter(action="store_server.renamed").count() == 1


def test_a_removed_server_leaves_its_packages_and_takes_its_own_commands():
    store = make_store()
    gone, kept = make_server(store), make_server(store)
    commands = [
        {"type": "initial", "command": "everywhere"},
        {"type": "initial", "command": "here", "server": gone},
        {"type": "initial", "command": "there", "server": kept},
    ]
    package = make_package(store, servers=[gone, kept], commands=commands)
    services.remove_server(server=gone, store=store)
    data = store_client(store).get(f"/api/v1/packages/{package.pk}").json()["data"]
    assert data["serverIds"] == [str(kept.pk)]
    assert [command["command"] for command in data["commands"]] == ["everywhere", "there"]
    assert AuditEvent.objects.get(action="store_server.removed").data == {"name": gone.name}


def test_a_foreign_or_removed_server_is_not_written():
    store, foreign = make_store(), make_server(make_store())
    with pytest.raises(NotFound):
        services.rename_server(server=foreign, store=store, name="Mine")
    with pytest.raises(NotFound):
        services.remove_server(server=foreign, store=store)
    assert Server.objects.get().name == foreign.name


def test_servers_are_read_and_not_written_over_the_api():
    client = store_client(make_store())
    assert client.post("/api/v1/servers", {"name": "Lobby"}, format="json").status_code == 405
