"""Where the directory meets Flux Cloud: a provider's nodes are counted on the chain, through the gateway."""

from collections import Counter
from collections.abc import Mapping

import structlog

from api.errors import PlatformError
from cloud import gateway
from providers.services.nodes import measure_nodes

LIST_PATH = "/daemon/viewdeterministicfluxnodelist"
log = structlog.get_logger(__name__)


def count_provider_nodes() -> int:
    """Count the nodes of all providers with payment addresses; return how many providers were measured.

    None are while the mock answers: its nodes are made up.
    """
    if gateway.is_made_up(LIST_PATH):
        return 0
    return measure_nodes(nodes_of)


def nodes_of(address: str) -> Mapping[str, int] | None:
    """Return how many confirmed nodes are paid to an address, by size; None when the gateway could not say."""
    try:
        listed = gateway.ask(LIST_PATH, {"filter": address})
    except PlatformError as error:
        log.warning("node_count_failed", error=error.code)
        return None
    if not isinstance(listed, list):
        return None
    # The filter also finds nodes that have the text elsewhere.
    own = (node for node in listed if isinstance(node, dict) and node.get("payment_address") == address)
    return Counter(str(node.get("tier", "")).lower() for node in own)
