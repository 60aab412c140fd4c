"""A provider's nodes, counted on the chain through the gateway and shown beside what it says itself."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from accounts.tests.factories import make_user
from audit.models import AuditEvent
from cloud import gateway, nodes
from cloud.errors import BackendDown
from cloud.tests.stub_nodes import stub_nodes, success
from fluxplatform.node_counts import LIST_PATH
from fluxplatform.tasks import count_provider_nodes
from providers.errors import AddressTaken
from providers.models import PaymentAddress
from providers.services.nodes import add_payment_address, remove_payment_address
from providers.tests.factories import make_provider

pytestmark = pytest.mark.django_db
ONE, TWO = "t1" + "a" * 33, "t3" + "b" * 33


@pytest.fixture
def node(settings):
    nodes.forget()
    with stub_nodes("a") as (running,):
        settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=(running.url,))
        yield running
    nodes.forget()


@pytest.fixture
def provider():
    found = make_provider(slug="acme")
    for address in (ONE, TWO):
        add_payment_address(provider=found, address=address, actor=make_user())
    return found


def listed(*tiers: str, address: str = ONE):
    return success([{"tier": tier, "payment_address": address} for tier in tiers])


def shown():
    return Client().get("/api/providers/acme").json()["data"]["measuredNodes"]


def answer(node, monkeypatch, answers):
    """Let the node answer by the filter, which stands at the end of the path."""
    usual = node.answer_to
    monkeypatch.setattr(node, "answer_to", lambda target: answers.get(target.rpartition("/")[2]) or usual(target))


def test_confirmed_nodes_of_all_addresses_are_counted_and_shown_beside_the_providers_number(
    node, provider, monkeypatch
):
    other = success([{"tier": "STRATUS", "payment_address": "t1" + "c" * 33}, "x"])
    answer(node, monkeypatch, {ONE: listed("CUMULUS", "CUMULUS", "STRATUS"), TWO: other})
    assert shown() is None
    etag = Client().get("/api/providers/acme")["ETag"]
    count_provider_nodes()
    assert node.paths() == [f"{LIST_PATH}/{ONE}", f"{LIST_PATH}/{TWO}"]
    found = shown()
    assert {name: found[name] for name in ("total", "cumulus", "nimbus", "stratus")} == {
        "total": 3,
        "cumulus": 2,
        "nimbus": 0,
        "stratus": 1,
    }
    assert found["at"].endswith("Z")
    assert Client().get("/api/providers/acme")["ETag"] != etag
    page = Client().get("/providers/acme").content.decode()
    assert "Nodes (measured)" in page
    assert "3: 2 Cumulus, 1 Stratus" in page


def test_a_provider_keeps_its_figures_while_one_address_cannot_be_counted(node, provider, monkeypatch):
    answer(node, monkeypatch, {ONE: listed("CUMULUS"), TWO: listed("NIMBUS", address=TWO)})
    count_provider_nodes()
    before = shown()
    monkeypatch.setattr(gateway, "ask", lambda path, parameters: ask_then[parameters["filter"]]())
    ask_then: dict[str, Any] = {ONE: list, TWO: lambda: None}
    count_provider_nodes()
    assert shown() == before

    def fail() -> None:
        raise BackendDown

    ask_then[TWO] = fail
    count_provider_nodes()
    assert shown() == before
    ask_then[TWO] = list
    count_provider_nodes()
    assert shown()["total"] == 0


def test_nothing_is_measured_while_the_mock_answers(settings, provider):
    settings.CLOUD = replace(settings.CLOUD, daemon_url="", nodes=())
    count_provider_nodes()
    assert shown() is None


def test_an_address_counts_for_one_provider_and_its_end_ends_the_measure(node, provider, monkeypatch):
    with pytest.raises(AddressTaken):
        add_payment_address(provider=make_provider(slug="other"), address=ONE, actor=make_user())
    answer(node, monkeypatch, {ONE: listed("CUMULUS"), TWO: listed()})
    count_provider_nodes()
    for row in PaymentAddress.objects.all():
        assert shown()["total"] == 1
        remove_payment_address(row=row, actor=make_user())
    assert shown() is None
    assert AuditEvent.objects.filter(action="providers.payment_address_removed").count() == 2


@pytest.mark.parametrize(
    ("address", "sentence"), [("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "begins with t1"), (TWO, "already exists")]
)
def test_the_staff_enter_addresses_and_are_told_what_is_wrong(provider, admin_client, address, sentence):
    page = admin_client.post("/admin/providers/paymentaddress/add/", {"provider": provider.pk, "address": address})
    assert sentence in page.content.decode()
    new = "t1" + "d" * 33
    admin_client.post("/admin/providers/paymentaddress/add/", {"provider": provider.pk, "address": new})
    row = PaymentAddress.objects.get(address=new)
    admin_client.post(f"/admin/providers/paymentaddress/{row.pk}/delete/", {"post": "yes"})
    assert not PaymentAddress.objects.filter(address=new).exists()
