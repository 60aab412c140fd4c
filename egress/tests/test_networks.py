"""Which addresses are public, at the edges of every network that is not."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress.networks import is_public

pytestmark = pytest.mark.once

# What IANA's registries and the RFCs say is not public, written down apart from the table that the code uses.
# NEIGHBOURS lie just before and after them, or are well-known.
SPECIAL_4 = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
"""
SPECIAL_6 = """
::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/32
2001:2::/48 2001:10::/28 2001:20::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3ffe::/16 3fff::/20 4000::/3
5f00::/16 8000::/1 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8
"""
NEIGHBOURS = """
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255
192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
203.0.114.0 223.255.255.255 8.8.8.8 2000:: 2001:200:: 2001:db7:ffff::1 2001:db9:: 2003:: 2606:4700:4700::1111
2a00:1450:4001:80f::200e 3ffd::1 3fff:1000::
"""
NETWORKS = [ipaddress.ip_network(text) for text in (SPECIAL_4 + SPECIAL_6).split()]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_no_address_of_a_special_network_is_public(network):
    middle = network[network.num_addresses // 2]
    assert [is_public(ip) for ip in (network[0], middle, network[-1])] == [False] * 3


@pytest.mark.parametrize(
    "text",
    NEIGHBOURS.split(),
)
def test_the_neighbours_of_special_networks_are_public(text):
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("mark", ["0:5efe", "200:5efe"])
def test_a_tunnel_into_an_address_family_is_not_public(mark):
    assert not is_public(ipaddress.ip_address(f"2606:2800:1:2:{mark}:10.0.0.1"))


@given(st.ip_addresses())
def test_whatever_python_calls_private_is_not_public(ip):
    # Python's tables lag behind the registries, but what they do name is never public.
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        assert not is_public(ip)


@given(st.ip_addresses(v=4))
def test_no_wrapping_of_an_address_into_the_other_family_is_public(inner):
    number = int(inner)
    for wrapped in (
        number,
        0xFFFF << 32 | number,
        0xFFFF << 48 | number,
        0x0064_FF9B << 96 | number,
        0x0064_FF9B_0001 << 80 | number,
        0x2002 << 112 | number << 80 | 1,
        0x2001 << 112 | 0x4136_E378 << 64 | 0x8000 << 48 | 0xFFFF_FFFF ^ number,
    ):
        assert not is_public(ipaddress.IPv6Address(wrapped))
