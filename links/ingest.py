"""From the spool into the database: each click exactly once, whoever dies and however many do it at a time.

A batch of clicks, their sums and the segment's offset are one transaction. A reader holds the segment's row for
that long, so that no other reads the same bytes, and a shard of the sums, so that it waits for nobody.
"""

import os
import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.db import connection, transaction

from links import segments
from links.agents import classify
from links.models import ClickSegment
from links.records import Reading, Record, unpack
from links.rollups import SHARDS, ClickRow, hold_links, store_clicks
from links.spool import folder

log = structlog.get_logger(__name__)

BATCH = 10_000
# The first of PostgreSQL's two lock numbers: "clicks" for whoever else may lock by number.
LOCK_CLASS = 0x636C


@dataclass(slots=True)
class Delivery:
    """What one run did. damaged: records that could not be read. orphaned: clicks of links that are gone."""

    clicks: int = 0
    damaged: int = 0
    orphaned: int = 0


def ingest(path: Path | None = None, *, seconds: float = 30.0) -> Delivery:
    """Deliver what waits in the folder (this machine's by default), for about so long at most.

    Raises django.db.Error when the database fails; what was committed stays, the rest is delivered next time.
    """
    done = Delivery()
    until = time.monotonic() + seconds
    for segment in segments.waiting(path or folder()):
        while time.monotonic() < until and _deliver(segment, done):
            pass
    if done.damaged:
        log.error("clicks_damaged", count=done.damaged)
    return done


def _deliver(path: Path, done: Delivery) -> bool:
    """Deliver one batch of a segment; return whether there may be more of it."""
    ClickSegment.objects.get_or_create(name=path.name)
    with segments.opened(path) as segment, transaction.atomic():
        rows = ClickSegment.objects.select_for_update(skip_locked=True)
        row = rows.filter(name=path.name).first()
        if row is None or segment is None:
            return False
        crash_point("locked")
        reading = unpack(segment.rest(row.offset), is_final=segment.is_final, limit=BATCH)
        crash_point("read")
        orphaned = _store(reading)
        end = row.offset + reading.end
        if end > row.offset:
            row.offset = end
            row.save(update_fields=["offset", "updated_at"])
        crash_point("offset")
    crash_point("committed")
    done.clicks += len(reading.records) - orphaned
    done.damaged += reading.damaged
    done.orphaned += orphaned
    has_more = len(reading.records) >= BATCH
    if segment.is_final and not has_more:
        segments.put_away(path, end)
    return has_more


def _store(reading: Reading) -> int:
    """Store what was read; return how many clicks belong to links that are gone."""
    if not reading.records:
        return 0
    known = hold_links({record.link_id for record in reading.records})
    rows = [_row(record) for record in reading.records if record.link_id in known]
    if rows:
        store_clicks(rows, shard=_free_shard())
    crash_point("stored")
    return len(reading.records) - len(rows)


def _row(record: Record) -> ClickRow:
    agent = classify(record.agent)
    return ClickRow(
        record.link_id,
        datetime.fromtimestamp(record.clicked_at, UTC),
        record.referrer,
        record.network,
        record.visitor,
        agent.device,
        agent.browser,
        agent.os,
        agent.is_bot,
    )


def _free_shard() -> int:
    """Take a shard that nobody else writes to until the transaction ends; the last one is waited for."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        for shard in range(SHARDS - 1):
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, shard])
            if cursor.fetchone()[0]:
                return shard
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, SHARDS - 1])
    return SHARDS - 1


def crash_point(name: str) -> None:
    """Die as if killed when `INGEST_CRASH_AT` names this step, so that tests can kill at each."""
    if os.environ.get("INGEST_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
