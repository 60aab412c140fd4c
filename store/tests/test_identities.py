"""Names, UUIDs and addresses in the one form in which they are compared."""

import pytest

from store.identities import networks_of, normal_network, normal_uuid
from store.players import player_key

pytestmark = pytest.mark.once
UUID = "069a79f4-44e9-4726-a5be-fca90e38aaf5"


@pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_a_uuid_is_one_whatever_its_case_and_hyphens(text):
    assert normal_uuid(text) == UUID


@pytest.mark.parametrize(
    "text", ["", "7", UUID + "0", UUID[:-1], UUID.replace("-", "", 1), "{" + UUID + "}", "é" * 32]
)
def test_what_is_no_uuid_is_refused(text):
    with pytest.raises(ValueError, match="must be a UUID"):
        normal_uuid(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7/120", "203.0.113.0/24"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1/64", "2001:db8::/64"),
        ("::1/128", "::1"),
    ],
)
def test_an_address_or_network_has_one_form(text, normal):
    assert normal_network(text) == normal


@pytest.mark.parametrize(
    "text",
    ["", "7", "203.0.113", "203.0.113.7/33", "localhost", "0.0.0.0/0", "10.0.0.0/7", "::/0", "fe80::1%eth0"],
)
def test_what_is_no_address_or_far_too_wide_is_refused(text):
    with pytest.raises(ValueError, match="must"):
        normal_network(text)


def test_an_address_lies_in_each_network_around_it_from_itself_to_the_widest():
    assert networks_of("203.0.113.7")[:3] == ["203.0.113.7", "203.0.113.6/31", "203.0.113.4/30"]
    assert networks_of("::ffff:203.0.113.7") == networks_of("203.0.113.7")
    assert networks_of("203.0.113.7")[-1] == "203.0.0.0/8"
    assert networks_of("2001:db8::1")[0] == "2001:db8::1"
    assert networks_of("2001:db8::1")[-1] == "2001::/16"
    assert networks_of("nowhere") == []


def test_every_name_of_a_network_is_its_normal_form():
    for address in ("203.0.113.7", "2001:db8::1"):
        assert all(normal_network(name) == name for name in networks_of(address))


def test_a_players_name_is_compared_without_case_and_white_space():
    assert player_key(" NotchÉ ") == player_key("notché") == "notché"
