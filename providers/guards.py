"""What a pull must not change unseen: falls and jumps that look like a provider's broken API. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

# Less than this share of the nodes left, or a price of this many times the old one, waits for a person.
KEPT_NODES = Decimal("0.2")
PRICE_JUMP = 10


def is_suspicious(attribute: str, old: Any, new: Any) -> bool:
    """Return whether a change waits for review: `total_nodes` falls by over 80 %, or a price grows tenfold."""
    if attribute == "total_nodes":
        return bool(old) and (new or 0) < old * KEPT_NODES
    return attribute == "tiers" and any(_jumps(old, tier) for tier in new)


def _jumps(old: Iterable[Mapping[str, Any]], tier: Mapping[str, Any]) -> bool:
    """Return whether a price is ten times its plan's, or, for a plan that is new, the dearest of its node size."""
    same_size = [item for item in old if item["tier"] == tier["tier"]]
    same_plan = [item for item in same_size if item["plan_name"] == tier["plan_name"]]
    before = max((item["price"] for item in same_plan or same_size), default=Decimal(0))
    return bool(before) and tier["price"] >= before * PRICE_JUMP
