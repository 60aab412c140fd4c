"""System check of the networks that an operator opened."""

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name

# This machine itself, the link that it is on, and groups: nothing there is anybody's web server. A network that
# reaches into these is a mistake, and mostly a dangerous one.
_NEVER_SERVERS = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8")
)


@register(Tags.security)
def check_opened_networks(**_: Any) -> list[CheckMessage]:
    """Return an error for each opened network that reaches this machine, and a warning for each other one.

    Both in production only.
    """
    if not settings.PRODUCTION:
        return []
    return [_message(text) for text in settings.EGRESS_ALLOWED_NETWORKS]


def _message(text: str) -> CheckMessage:
    network = ipaddress.ip_network(text)
    # Networks of the two families never overlap.
    if any(network.version == other.version and network.overlaps(other) for other in _NEVER_SERVERS):
        return Error(
            f"EGRESS_ALLOWED_NETWORKS opens {text}, which reaches this machine, its link or a group of machines.",
            hint="Name the networks of the servers that may be fetched, such as 10.1.2.0/24.",
            id="egress.E001",
        )
    return Warning(
        f"EGRESS_ALLOWED_NETWORKS opens {text}: everybody who may name an address can have it fetched from there.",
        hint="Keep it as small as it can be. This is a warning and stops nothing.",
        id="egress.W001",
    )
