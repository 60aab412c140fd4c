"""May this address be fetched? `check` is the one judgement, and hands out the IP that was judged.

A URL is read twice, by a narrow grammar of our own and by ada (the WHATWG standard, as browsers read it), and
refused where the two could disagree. Then the name is looked up, once, and every answer must be public.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ada_url import URL, HostType

from egress.lookups import LookupFailed, Lookups, LookupTooSlow
from egress.networks import Address, Network, is_local_name, is_open, is_public

MAX_LENGTH = 8192
LOOKUP_SECONDS = 5.0
DEFAULT_PORTS = {"http": 80, "https": 443}
# Where web servers listen. Any other port of somebody else's host is asked for mail, databases or a scan.
PORTS = frozenset({80, 443, 8080, 8443})
_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^\[\]:/?#@%\\]+)(:(?P<port>[1-9][0-9]{0,4}))?(?=[/?#]|\Z)",
    re.IGNORECASE,
)
# Letters, digits and inner hyphens (STD 3); the last label is no number in any notation.
_DNS_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Control and format characters, surrogates, and every kind of space and line end.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})

# A stuck resolver gives up after half a minute or so; 64 waiting threads are no burden until then.
_lookups = Lookups(places=64, places_of_a_site=16)
_opened: tuple[Network, ...] = ()


class AddressRefused(Exception):
    """The address may not be fetched. Its text is for logs and tests; users are never told the reason."""


class LookupOverdue(AddressRefused):
    """The name could not be looked up in time."""


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """An address that may be fetched now, by connecting to `address` and nothing else.

    url: normalised as browsers do, without a fragment. scheme: `http` or `https`. host: the name for TLS and
    `Host`, lower case, in ASCII, without a dot at its end; an IPv6 address has no brackets. port: 1-65535.
    address: the IP to connect to. others: further answers that passed too, for when that one does not answer.
    """

    url: str
    scheme: str
    host: str
    port: int
    address: str
    others: tuple[str, ...] = ()


def open_networks(networks: Iterable[str]) -> None:
    """Open networks (CIDR), on any port and by local names; those that were opened before are closed.

    Raises ValueError for text that is no network.
    """
    global _opened  # noqa: PLW0603 - set once, when the process starts
    _opened = tuple(ipaddress.ip_network(text) for text in networks)


def opened_networks() -> tuple[Network, ...]:
    """Return the networks that `open_networks` opened."""
    return _opened


def check(
    url: str, *, schemes: frozenset[str] = frozenset(DEFAULT_PORTS), seconds: float = LOOKUP_SECONDS
) -> CheckedAddress:
    """Return where a URL leads, if all of it is public; a name is looked up exactly once, within `seconds`.

    Refused are other schemes than the given ones, user info, ports other than 80, 443, 8080 and 8443, numeric
    hosts in any notation but the usual one, local names, control characters, spaces and backslashes, more than
    8,192 characters, names without an address, and names of which any address is not public. Networks that the
    operator opened count as public, on every port.

    Raises AddressRefused; LookupOverdue, a kind of it, when the time was over first.
    """
    parsed, host, port = _read(url, schemes)
    ip = _literal(parsed)
    only_opened = port not in PORTS or (ip is None and is_local_name(host))
    if only_opened and not _opened:
        raise AddressRefused(f"{host}:{port} is a local name or a port that no web server uses")
    addresses = [str(ip)] if ip else _looked_up(host, port, seconds)
    for address in addresses:
        _judge(address, only_opened=only_opened)
    scheme = parsed.protocol.removesuffix(":")
    return CheckedAddress(_normal(parsed), scheme, host, port, addresses[0], tuple(addresses[1:]))


def _read(url: str, schemes: frozenset[str]) -> tuple[URL, str, int]:
    """Return ada's reading of a URL, its host without brackets and final dot, and its port."""
    if len(url) > MAX_LENGTH:
        raise AddressRefused("the URL is too long")
    if "\\" in url or any(unicodedata.category(character) in _UNSEEN for character in url):
        raise AddressRefused("the URL has a backslash, a space or an invisible character")
    shape = _SHAPE.match(url)
    scheme = shape["scheme"].lower() if shape else ""
    if shape is None or scheme not in schemes:
        raise AddressRefused("the URL does not begin with an allowed scheme, a plain host and perhaps a port")
    try:
        parsed = URL(url)
    except ValueError:
        raise AddressRefused("the URL cannot be parsed") from None
    host = _judged_host(shape["host"].lower(), parsed)
    port = int(shape["port"] or DEFAULT_PORTS[scheme])
    if (parsed.protocol, int(parsed.port or DEFAULT_PORTS[scheme])) != (f"{scheme}:", port):
        raise AddressRefused("the URL is read in two ways")
    return parsed, host, port


def _judged_host(written: str, parsed: URL) -> str:
    """Return the host as ada reads it, if it can be read in one way only."""
    if parsed.host_type == HostType.IPV6:
        return str(ipaddress.IPv6Address(parsed.hostname.strip("[]")))
    if parsed.host_type == HostType.IPV4:
        if written != parsed.hostname:
            raise AddressRefused("the host is a number in disguise")
        return written
    host = parsed.hostname.removesuffix(".")
    if not _DNS_NAME.fullmatch(host):
        raise AddressRefused("the host is not a name that DNS can hold")
    if written.isascii() and written.removesuffix(".") != host:
        raise AddressRefused("the host is read in two ways")
    return host


def _literal(parsed: URL) -> Address | None:
    is_name = parsed.host_type == HostType.DEFAULT
    return None if is_name else ipaddress.ip_address(parsed.hostname.strip("[]"))


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    try:
        return _lookups.addresses(host, port, seconds=seconds)
    except LookupTooSlow as error:
        raise LookupOverdue(f"{host}: {error}") from None
    except LookupFailed as error:
        raise AddressRefused(f"{host}: {error}") from None


def _judge(address: str, *, only_opened: bool) -> None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise AddressRefused("the look-up answered with something else than an IP address") from None
    if "%" in address:
        raise AddressRefused(f"{ip} is an address of one link only")
    if not is_open(ip, _opened) and (only_opened or not is_public(ip)):
        raise AddressRefused(f"{ip} is not public")


def _normal(parsed: URL) -> str:
    parsed.hash = ""
    parsed.hostname = parsed.hostname.removesuffix(".")
    return str(parsed.href)
