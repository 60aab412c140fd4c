"""Clicks and what they add up to, written together."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


SHARDS = 16


class ClickRow(NamedTuple):
    """One click, classified. link_id: the row's primary key. The other fields are those of `Click`."""

    link_id: int
    clicked_at: datetime
    referrer: str
    network: str
    visitor: str
    device: str
    browser: str
    os: str
    is_bot: bool


def store_clicks(rows: Sequence[ClickRow], *, shard: int) -> None:
    """Store clicks and add them to the sums of their quarter of an hour, day and link; part of the caller's
    transaction. Every row's link must exist.

    shard: 0 to 15; two callers at once must use different ones, or they wait for one another.
    """
    raise NotImplementedError
