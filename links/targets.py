"""Where a link may lead, and how its target is written into a `Location` header.

URLs are read by ada, which parses by the WHATWG URL standard, as browsers do: what is judged here is what a
browser will open.
"""

import ipaddress
import re
import unicodedata
from urllib.parse import quote

from ada_url import URL, HostType
from django.conf import settings
from django.http.request import validate_host

MAX_LENGTH = 8192
# Exactly two slashes: `http:/x` and `http:x` are relative to the page that redirects, which is ours.
_SHAPE = re.compile(r"(https?://)([^/\\?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_LOCAL_SUFFIXES = (
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".home.arpa",
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class TargetRefused(ValueError):
    """A link may not lead there. code: stable. message: a clause that follows a field's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def judge(url: str) -> str:
    """Return the target as it is stored: as given, with its host in the standard's normal form.

    Accepted: http and https, at most 8,192 characters, a public host that is not one of ours, no user info,
    no control characters. Nothing is looked up: a public name may still resolve to anything.

    Raises TargetRefused.
    """
    if len(url) > MAX_LENGTH:
        raise TargetRefused("too_long", f"must have at most {MAX_LENGTH} characters")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in url):
        raise TargetRefused("control_character", "must not contain control characters")
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise TargetRefused("scheme", "must begin with http:// or https://")
    opening, authority, rest = shape.groups()
    if "@" in authority:
        raise TargetRefused("user_info", "must not contain a user name or a password")
    parsed = _parsed(url)
    if parsed is None or rest.startswith("\\"):
        raise TargetRefused("invalid_url", "is not a valid URL")
    _judge_host(parsed)
    kept = opening + parsed.hostname + _port(authority) + rest
    again = _parsed(kept)
    if again is None or again.href != parsed.href:
        raise TargetRefused("invalid_url", "is not a valid URL")
    return kept


def location_of(target: str, query: str = "") -> str:
    """Return the `Location` of a target: the stored bytes, with the visitor's query after its own.

    A header is ASCII; other characters are percent-encoded as UTF-8, which is what a browser would do.
    """
    if query:
        head, mark, fragment = target.partition("#")
        joint = "" if head.endswith(("?", "&")) else "&" if "?" in head else "?"
        target = head + joint + query + mark + fragment
    return "".join(c if " " <= c <= "~" else quote(c) for c in target)


def host_of(url: str) -> str:
    """Return the host of any URL in lower case, "" when it has none; for referrers."""
    parsed = _parsed(url)
    return parsed.hostname.lower() if parsed else ""


def is_own_host(host: str) -> bool:
    """Return whether this platform answers at the host (`ALLOWED_HOSTS`, `BASE_URL`)."""
    ours = [pattern.lower() for pattern in settings.ALLOWED_HOSTS if pattern != "*"]
    return validate_host(host, [*ours, host_of(settings.BASE_URL)])


def _parsed(url: str) -> URL | None:
    try:
        return URL(url)
    except ValueError:
        return None


def _port(authority: str) -> str:
    """Return the port as it was written, with its colon; a colon inside brackets is the address's."""
    name = authority.rpartition("]")[2] if authority.startswith("[") else authority
    _, colon, port = name.partition(":")
    return colon + port


def _judge_host(parsed: URL) -> None:
    host = parsed.hostname.lower().rstrip(".")
    if is_own_host(host):
        raise TargetRefused("own_host", "must not lead back to this service")
    if parsed.host_type == HostType.DEFAULT:
        is_public = "." in host and not host.endswith(_LOCAL_SUFFIXES)
    else:
        is_public = _is_public(ipaddress.ip_address(host.strip("[]")))
    if not is_public:
        raise TargetRefused("private_host", "must not lead to a private or local host")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether the address is on the public internet; a wrapped IPv4 address is judged itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and (ip in _NAT64 or ip in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
