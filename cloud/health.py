"""Checks of the Flux nodes: asked for version and height, all at once, and a row left for each."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.errors import PlatformError
from cloud.backends.node_client import NodeClient
from cloud.models import NodeHealth
from cloud.node_rules import Health, Sight, best_height, next_health, sight_of

# Two questions must fit into the time between two checks.
SECONDS = 4.0
MOST_AT_ONCE = 16
MOST_BYTES = 64 * 1024
log = structlog.get_logger(__name__)


def check_nodes() -> None:
    """Check every node that the operator names, and forget those that they name no more."""
    addresses = settings.CLOUD.nodes
    NodeHealth.objects.exclude(address__in=addresses).delete()
    if not addresses:
        return
    with ThreadPoolExecutor(min(len(addresses), MOST_AT_ONCE)) as threads:
        sights = dict(zip(addresses, threads.map(look, addresses), strict=True))
    best = best_height(sights.values())
    with transaction.atomic():
        rows = {row.address: row for row in NodeHealth.objects.of(addresses).select_for_update()}
        for address, sight in sights.items():
            _keep(address, rows.get(address), sight, best)


def look(address: str) -> Sight:
    """Ask a node for its version and its height."""
    client = _client(address)
    try:
        return sight_of(_data(client, "/flux/version"), _data(client, "/daemon/getblockcount"))
    except PlatformError as error:
        return Sight(error=error.message)


def _keep(address: str, row: NodeHealth | None, sight: Sight, best: int) -> None:
    before = Health(row.is_up, row.passed, row.failed) if row else None
    after = next_health(before, sight, best=best)
    NodeHealth.objects.update_or_create(address=address, defaults=asdict(after) | {"checked_at": timezone.now()})
    if before is None or before.is_up != after.is_up:
        log.warning("cloud_node_changed", node=address, is_up=after.is_up, reason=after.error)


def _data(client: NodeClient, path: str) -> Any:
    """Return the data of a node's answer, None for a refusal or for what is none. Raises what the client does."""
    reply = client.send("GET", path, {"User-Agent": "flux-platform"})
    try:
        answer = orjson.loads(reply.read(MOST_BYTES))
    except orjson.JSONDecodeError:
        return None
    finally:
        reply.close()
    is_success = isinstance(answer, dict) and answer.get("status") == "success" and reply.status == 200
    return answer.get("data") if is_success else None


@cache
def _client(address: str) -> NodeClient:
    return NodeClient(address, seconds=SECONDS)
