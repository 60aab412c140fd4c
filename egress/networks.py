"""Which addresses and names are on the public internet, where anybody may send us.

The special-purpose addresses are IANA's registries as `ssrfguard` keeps them; what those leave out is added here.
"""

import ipaddress
from collections.abc import Iterable

from ssrfguard import DEFAULT_DENIED

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Names that the public DNS never answers: IANA's special-use names, what ICANN keeps back (internal, corp, home,
# mail), and what home and office networks use. Whoever looks one up leaks it, or ends in their own network.
_LOCAL_NAMES = """
alt corp home home.arpa internal intranet invalid lan local localdomain localhost mail onion private test
"""
_LOCAL_SUFFIXES = tuple(f".{name}" for name in _LOCAL_NAMES.split())
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# In no registry of special addresses: the host of Azure's virtual machines, and the 6bone, which RFC 3701 closed.
_UNLISTED: tuple[Network, ...] = (
    ipaddress.IPv4Network("168.63.129.16/32"),
    ipaddress.IPv6Network("3ffe::/16"),
)
# ISATAP (RFC 5214) ends any prefix with one of these and an IPv4 address, to which the packet goes.
_ISATAP_MARKS = frozenset({0x0000_5EFE, 0x0200_5EFE})
# Where clouds hand machines their passwords. No setting opens these.
_NEVER_OPEN: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::/32",
        "fd20:ce::254/128",
    )
)


def is_public(ip: Address) -> bool:
    """Return whether an address is on the public internet.

    No address with a special purpose is, whatever it may lead to: loopback, private, link-local, shared (CGNAT),
    multicast, reserved, documentation, benchmarking, anycast services, and each form that carries IPv4 inside IPv6
    (mapped, compatible, NAT64, 6to4, Teredo, ISATAP).
    """
    if DEFAULT_DENIED.match(ip) is not None or _lies_in(ip, _UNLISTED):
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    return ip in _GLOBAL_UNICAST and int(ip) >> 32 & 0xFFFF_FFFF not in _ISATAP_MARKS


def is_open(ip: Address, opened: Iterable[Network]) -> bool:
    """Return whether an operator opened the address. Addresses that hand out a machine's passwords never are."""
    return _lies_in(ip, opened) and not _lies_in(ip, _NEVER_OPEN)


def is_local_name(host: str) -> bool:
    """Return whether a name (lower case, no dot at its end) means something in a local network only."""
    return "." not in host or host.endswith(_LOCAL_SUFFIXES)


def _lies_in(ip: Address, networks: Iterable[Network]) -> bool:
    return any(ip in network for network in networks)
