"""Addresses that a listing may show: public web sites and Discord invitations. Pure; knows no database.

`public_url` reads a URL as browsers do (WHATWG, by ada); what a browser would show as another host
than the text seems to name is refused.
"""

import re

from ada_url import URL

MAX_LENGTH = 2048
DISCORD_PATTERN = r"^https://(discord\.gg|discord\.com/invite)/[A-Za-z0-9-]{2,64}$"
# Names that no public resolver answers: RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476, ICANN's `internal`,
# and what home routers invent.
_PRIVATE_TLDS = frozenset({"alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local"}) | {
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
}
_OPENING = re.compile(r"https?://[^\s/?#\\@]+(?:[/?#][^\s\\]*)?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")


def public_url(text: str) -> str | None:
    """Return the URL when it is http(s), has a public host name and no user information; else None.

    It comes back as it was given, or in the form of browsers where the host is not plain ASCII. An address
    instead of a name, a single label and names without public meaning (`.local`, `.test`) are refused.
    """
    if not _OPENING.fullmatch(text):
        return None
    try:
        url = URL(text)
    except ValueError:
        return None
    if not _is_public_host(url.hostname) or len(url.href) > MAX_LENGTH:
        return None
    is_plain = text.isascii() and f"//{url.hostname}" in text.lower()
    return text if is_plain else url.href


def is_discord_invite(text: str) -> bool:
    """Return whether the text is `https://discord.gg/<code>` or `https://discord.com/invite/<code>`."""
    return "\n" not in text and re.match(DISCORD_PATTERN, text) is not None


def _is_public_host(host: str) -> bool:
    name = host.removesuffix(".")
    *labels, top = name.split(".")
    if not labels or len(name) > 253 or top in _PRIVATE_TLDS or not _TOP_LABEL.fullmatch(top):
        return False
    return all(_LABEL.fullmatch(label) for label in labels)
