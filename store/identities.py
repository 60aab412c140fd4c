"""UUIDs of players and networks of addresses, each in the one form that the tables keep. Pure.

An address is looked for among the names of all networks that hold it, so that an index finds a ban of a network.
"""

import ipaddress
import re

# A ban of more than this is a slip of the pen: it would shut out a continent.
WIDEST = {4: 8, 6: 16}
_UUID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def normal_uuid(text: str) -> str:
    """Return a UUID in lower case with its hyphens; game servers write it with and without.

    Raises ValueError with a sentence.
    """
    if not _UUID.fullmatch(text):
        raise ValueError("must be a UUID")
    digits = text.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def normal_network(text: str) -> str:
    """Return an address, or a network as CIDR without the bits of a host: `10.0.0.7/24` is `10.0.0.0/24`.

    An IPv4 address that is written as an IPv6 one becomes IPv4. A network of one address is that address.
    Raises ValueError with a sentence, also for networks wider than /8 (IPv4) and /16 (IPv6).
    """
    try:
        network = _unmapped(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise ValueError("must be an IP address or a network such as 203.0.113.0/24") from None
    if "%" in text:
        raise ValueError("must not have a zone")
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"must not be wider than /{WIDEST[network.version]}")
    return _written(network)


def networks_of(address: str) -> list[str]:
    """Return the names of all networks that hold an address, itself first; none for what is no address."""
    try:
        network = _unmapped(ipaddress.ip_network(address.strip()))
    except ValueError:
        return []
    widths = range(network.prefixlen, WIDEST[network.version] - 1, -1)
    return [_written(network.supernet(new_prefix=width)) for width in widths]


def _unmapped(network: Network) -> Network:
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        inner = network.network_address.ipv4_mapped
        if inner is not None:
            return ipaddress.IPv4Network((inner, network.prefixlen - 96))
    return network


def _written(network: Network) -> str:
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)
