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

from egress.networks import is_local_name, is_public

MAX_LENGTH = 8192
# Exactly two slashes: `http:/x` and `http:x` are relative to the page that redirects, which is ours.
_SHAPE = re.compile(r"(https?://)([^/\\?#]*)(.*)", re.IGNORECASE | re.DOTALL)
# A name that DNS can hold. Browsers also take other marks for a host, and then find nothing.
_DNS_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class TargetRefused(ValueError):
    """A link may not lead there. code: stable. message: a clause that follows a field's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _not_a_url() -> TargetRefused:
    return TargetRefused("invalid_url", "is not a valid URL")


def judge(url: str) -> str:
    """Return the target as it is stored: as given, without spaces around it, its host in WHATWG's normal form.

    Accepted are http and https, at most 8,192 characters, a public host that is not one of ours, no user info,
    no control characters. Nothing is looked up: a public name may still resolve to anything.

    Raises TargetRefused.
    """
    url = url.strip(" ")
    if len(url) > MAX_LENGTH:
        raise TargetRefused("too_long", f"must have at most {MAX_LENGTH} characters")
    if any(_is_control(character) for character in url):
        raise TargetRefused("control_character", "must not contain control characters")
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise TargetRefused("scheme", "must begin with http:// or https://")
    opening, authority, rest = shape.groups()
    if "@" in authority:
        raise TargetRefused("user_info", "must not contain a user name or a password")
    parsed = _parsed(url)
    if parsed is None or rest.startswith("\\"):
        raise _not_a_url()
    _judge_host(parsed)
    kept = opening + parsed.hostname + _port(authority) + rest
    again = _parsed(kept)
    if again is None or again.href != parsed.href:
        raise _not_a_url()
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
    """Return whether this platform answers at the host (`ALLOWED_HOSTS`, `BASE_URL`), however either is written.

    host: in WHATWG's normal form.
    """
    ours = [_normal_pattern(pattern) for pattern in settings.ALLOWED_HOSTS if pattern != "*"]
    return validate_host(host.rstrip("."), [*ours, host_of(settings.BASE_URL).rstrip(".")])


def _normal_pattern(pattern: str) -> str:
    """Return a pattern of `ALLOWED_HOSTS` in WHATWG's normal form; a dot before it stands for all below it."""
    dot = "." if pattern.startswith(".") else ""
    return dot + host_of(f"http://{pattern.removeprefix('.')}").rstrip(".")


def _is_control(character: str) -> bool:
    """Return whether a character could end a line, or turn the text around it when a page shows the target."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _BIDI_CONTROLS


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
    host = inner = parsed.hostname.removesuffix(".")
    if parsed.host_type == HostType.DEFAULT:
        if not _DNS_NAME.fullmatch(host):
            raise _not_a_url()
        is_accepted = not is_local_name(host)
    else:
        ip = _unwrapped(ipaddress.ip_address(host.strip("[]")))
        inner, is_accepted = str(ip), is_public(ip)
    if is_own_host(host) or is_own_host(inner):
        raise TargetRefused("own_host", "must not lead back to this service")
    if not is_accepted:
        raise TargetRefused("private_host", "must not lead to a private or local host")


def _unwrapped(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address leads to (mapped, 6to4, NAT64), else the address."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64 or ip in _COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
