"""Which Flux node a call goes to, by what the checks found.

The checks run in a worker and leave a row for each node, which every process reads again after two seconds. Where
nobody has checked for a minute, nothing is known, and every node may be asked.
"""

import hashlib
import random
import threading
import time
from dataclasses import dataclass
from functools import cache

from cloud import services
from cloud.backends import BackendStatus, Call
from cloud.models import NodeHealth, Session
from cloud.node_rules import CHECK_SECONDS, Sight, best_height

READ_SECONDS = 2.0
# A check may be late; after six that did not come nobody checks.
STALE_SECONDS = 6 * CHECK_SECONDS
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows said at `read_at`: the addresses of nodes that are up, and of all that were checked."""

    up: frozenset[str]
    checked: frozenset[str]
    read_at: float


class _Knowledge:
    """What this process knows: the rows, and the nodes that it could not connect to itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], _Known] = {}
        self.suspects: dict[str, float] = {}

    def of(self, addresses: tuple[str, ...]) -> _Known:
        known = self._known.get(addresses)
        if known is None or time.monotonic() - known.read_at > READ_SECONDS:
            with self._lock:
                known = self._known[addresses] = _read(addresses)
        return known


@cache
def _knowledge() -> _Knowledge:
    return _Knowledge()


def forget() -> None:
    """Forget what this process knows, so that the next call reads it."""
    _knowledge.cache_clear()


def suspect(address: str) -> None:
    """Ask a node last until the next check has judged it: it did not answer this process."""
    _knowledge().suspects[address] = time.monotonic() + CHECK_SECONDS


def candidates(addresses: tuple[str, ...], call: Call) -> tuple[str, ...]:
    """Return the nodes that may get a call, in the order in which they are tried; none when none is healthy.

    For a public GET up to three, in a random order. For everything else one: that of the caller's session.
    """
    healthy = _healthy(addresses)
    if not healthy:
        return ()
    if call.route.is_public and call.route.method == "GET":
        # One after another in turn would need a count that all processes share; chance is as even.
        some = random.sample(healthy, len(healthy))
        return tuple(sorted(some, key=_is_suspect))[:MOST_TRIES]
    return (_pinned(healthy, call),)


def status(addresses: tuple[str, ...]) -> BackendStatus:
    """Return how the nodes were when they were checked last."""
    rows = {row.address: row for row in NodeHealth.objects.of(addresses).checked_within(STALE_SECONDS)}
    parts = tuple(_status(address, rows.get(address)) for address in addresses)
    up = [row for row in rows.values() if row.is_up]
    height = best_height(Sight(row.version, row.height) for row in up)
    best = next((row for row in up if row.height == height), None)
    return BackendStatus(
        name="node",
        address=f"{len(up)} of {len(addresses)} healthy",
        is_configured=True,
        is_reachable=bool(up),
        version=best.version if best else "",
        height=best.height if best else None,
        parts=parts,
    )


def readiness(addresses: tuple[str, ...]) -> str:
    """Return what `/readyz` says: without nodes the other products go on."""
    rows = NodeHealth.objects.of(addresses).checked_within(STALE_SECONDS)
    if addresses and not rows:
        return "degraded: no worker checks the Flux nodes"
    up = sum(row.is_up for row in rows)
    return "ok" if up == len(addresses) else f"degraded: {up} of {len(addresses)} Flux nodes are healthy"


def _status(address: str, row: NodeHealth | None) -> BackendStatus:
    if row is None:
        return BackendStatus("node", address, True, error="It was not checked within a minute: does a worker run?")
    return BackendStatus("node", address, True, row.is_up, row.version, row.height, row.error)


def _read(addresses: tuple[str, ...]) -> _Known:
    rows = list(NodeHealth.objects.of(addresses).checked_within(STALE_SECONDS))
    up = frozenset(row.address for row in rows if row.is_up)
    return _Known(up, frozenset(row.address for row in rows), time.monotonic())


def _healthy(addresses: tuple[str, ...]) -> list[str]:
    """Return the nodes that are up, and those of which nothing is known."""
    known = _knowledge().of(addresses)
    return [address for address in addresses if address in known.up or address not in known.checked]


def _is_suspect(address: str) -> bool:
    return _knowledge().suspects.get(address, 0.0) > time.monotonic()


def _pinned(healthy: list[str], call: Call) -> str:
    """Return the node of the caller's session: the same as long as it is healthy."""
    caller = call.caller
    if caller.session_id is None:
        return _drawn(healthy, caller.phrase) if caller.phrase else random.choice(healthy)  # noqa: S311 - no secret
    node = Session.objects.filter(pk=caller.session_id).values_list("node", flat=True).first() or ""
    if node in healthy:
        return node
    drawn = _drawn(healthy, str(caller.session_id))
    counts = services.pin_session(session_id=caller.session_id, node=drawn, instead_of=node)
    return counts if counts in healthy else drawn


def _drawn(healthy: list[str], name: str) -> str:
    """Return a node by a name: the same in every process, and for each name another (rendezvous hashing)."""
    return max(healthy, key=lambda address: hashlib.blake2b(f"{name} {address}".encode()).digest())
