"""What the operator of the gateway sees: `cloud_status`, and the documented calls."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from cloud.backends import BackendStatus, choice
from cloud.openapi import SECTIONS, add_gateway
from cloud.route_table import ROUTES

pytestmark = pytest.mark.once


def status() -> str:
    out = StringIO()
    call_command("cloud_status", stdout=out)
    return out.getvalue()


def test_without_configuration_the_mock_answers_everything(settings):
    settings.CLOUD = replace(settings.CLOUD, daemon_url="", benchmark_url="", nodes=())
    assert [line.split()[0] for line in status().splitlines()[1:]] == ["mock", "457"]
    assert {choice.backend_for(route).name for route in ROUTES} == {"mock"}


def test_the_status_names_what_is_configured_and_tells_no_password(settings):
    urls = {"daemon_url": "http://u:secret@127.0.0.1:1", "benchmark_url": "http://127.0.0.1:1"}
    settings.CLOUD = replace(settings.CLOUD, **urls)
    told = status()
    assert "daemon     yes         no" in told
    assert "benchmark  yes         no" in told
    assert "does not answer" in told
    assert "secret" not in told


def test_the_status_shows_version_and_height(monkeypatch):
    class Node:
        name = "node"

        def status(self) -> BackendStatus:
            return BackendStatus("node", "http://node", True, True, "6.6.1", 1455414)

    monkeypatch.setattr("cloud.management.commands.cloud_status.backends", lambda: (Node(),))
    assert status().splitlines()[1].split() == ["node", "yes", "yes", "6.6.1", "1455414", "http://node"]


def test_a_route_goes_to_the_back_end_of_its_section(settings):
    settings.CLOUD = replace(
        settings.CLOUD, daemon_url="http://127.0.0.1:1", benchmark_url="http://127.0.0.1:2", nodes=()
    )
    names = {route.path: choice.backend_for(route).name for route in ROUTES if route.method == "GET"}
    assert names["/daemon/getinfo"] == "daemon"
    assert names["/benchmark/getinfo"] == "benchmark"
    # Made by the node around the daemon, not by the daemon.
    assert names["/daemon/start"] == names["/benchmark/start"] == names["/flux/info"] == "mock"


def test_every_route_of_the_gateway_is_documented_in_its_section(client):
    schema = client.get("/docs/cloud/openapi.json").json()
    gated = [route for route in ROUTES if not route.is_own]
    documented = {
        (method.upper(), operation["tags"][0], operation["operationId"])
        for operations in schema["paths"].values()
        for method, operation in operations.items()
        if "x-permission" in operation
    }
    assert len(documented) == len({operation_id for _, _, operation_id in documented}) == len(gated)
    assert {section for _, section, _ in documented} <= set(SECTIONS)
    stop = schema["paths"]["/daemon/stop"]["get"]
    assert (stop["security"], stop["x-permission"]) == ([{"zelidauth": []}], "admin")
    assert stop["responses"]["200"]["content"]["application/json"]["example"]["data"] == "Stop Flux server"


def test_the_schema_of_another_product_stays_as_it_is():
    class Generator:
        patterns = ()

    assert add_gateway({"paths": {}}, Generator(), None, True) == {"paths": {}}
