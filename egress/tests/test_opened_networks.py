"""The setting that opens private networks, and the check that judges it in production."""

import pytest
from django.apps import apps
from django.core.checks import Error, Warning, run_checks  # noqa: A004 - Django's name

from egress import addresses

pytestmark = pytest.mark.once


def found(settings, *networks):
    settings.PRODUCTION = True
    settings.EGRESS_ALLOWED_NETWORKS = list(networks)
    return [message for message in run_checks(tags=["security"]) if str(message.id).startswith("egress.")]


@pytest.mark.parametrize(
    "network",
    [
        "127.0.0.0/8",
        "127.0.0.1/32",
        "0.0.0.0/0",
        "169.254.169.254/32",
        "224.0.0.0/4",
        "::1/128",
        "::/0",
        "fe80::/10",
    ],
)
def test_production_refuses_to_open_this_machine(settings, network):
    (message,) = found(settings, network)
    assert isinstance(message, Error)
    assert network in message.msg


@pytest.mark.parametrize("network", ["10.1.2.0/24", "192.168.0.0/16", "fd12:3456::/48"])
def test_production_warns_of_every_opened_network(settings, network):
    (message,) = found(settings, network)
    assert isinstance(message, Warning)
    assert network in message.msg


def test_each_network_is_judged_for_itself(settings):
    assert [message.id for message in found(settings, "10.1.2.0/24", "127.0.0.0/8")] == [
        "egress.W001",
        "egress.E001",
    ]
    assert found(settings) == []


def test_outside_production_everything_may_be_opened(settings):
    settings.EGRESS_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    assert run_checks(tags=["security"]) == []


def test_the_setting_is_in_force_when_the_process_has_started(settings, open_networks):
    settings.EGRESS_ALLOWED_NETWORKS = ["10.1.2.0/24"]
    apps.get_app_config("egress").ready()
    assert [str(network) for network in addresses.opened_networks()] == ["10.1.2.0/24"]
    assert addresses.check("http://10.1.2.3:3000/").address == "10.1.2.3"


def test_what_is_no_network_opens_nothing(open_networks):
    open_networks("10.1.2.0/24")
    with pytest.raises(ValueError, match="host bits set"):
        addresses.open_networks(["10.1.3.0/24", "10.1.2.3/24"])
    assert [str(network) for network in addresses.opened_networks()] == ["10.1.2.0/24"]
