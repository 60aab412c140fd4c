"""The client's address. One function decides it, for throttles, audit rows and django-ratelimit alike."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, "" when the server knows none (a Unix socket).

    With `NUM_PROXIES` = 0 it is the TCP peer and no header counts. With n it is the n-th entry of
    `X-Forwarded-For` from the right, which the outermost trusted proxy wrote; what a client itself put
    further left never counts. A list that is too short is not from our proxies: the peer counts.
    """
    return address_of(request.META, settings.NUM_PROXIES)


def address_of(environ: Mapping[str, Any], proxies: int) -> str:
    """Return the client's address by a WSGI environment, as `client_address` does."""
    peer: str = environ.get("REMOTE_ADDR", "") or ""
    if proxies:
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return _normal(hops[-proxies]) or peer
    return peer


def cut_address(address: str) -> str:
    """Return the network of an address, which is all that is stored: /24 for IPv4, /48 for IPv6, or ""."""
    try:
        ip = _parse(address)
    except ValueError:
        return ""
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{bits}", strict=False))


def home_of(address: str) -> str:
    """Return what a limit counts: the address, or its /64 for IPv6, of which one household has 2^64."""
    try:
        ip = _parse(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address without its zone; IPv4 inside IPv6, as a socket for both writes it, is IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def _normal(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""
