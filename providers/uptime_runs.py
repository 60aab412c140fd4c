"""Looking at the status pages that are due, several at once, so that a slow one delays no other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from django.db import connection
from django.utils import timezone

from providers import checks
from providers.leases import claim
from providers.models import UptimeMonitor
from providers.services.uptime import record_check

THREADS = 8
LEASE = timedelta(seconds=60)
"""A check ends after 10 seconds, whatever the server does."""

ROUND_SECONDS = 50
log = structlog.get_logger(__name__)


def check_due(*, threads: int = THREADS, seconds: float = ROUND_SECONDS) -> int:
    """Look at every page that is due, and return how many that were; begin nothing after so many seconds.

    Two calls at once share the work. threads: 1 does it in the caller's own.
    """
    until = time.monotonic() + seconds
    if threads == 1:
        return _work(until)
    with ThreadPoolExecutor(threads, "uptime") as pool:
        return sum(pool.map(lambda _: _work_and_leave(until), range(threads)))


def _work_and_leave(until: float) -> int:
    """Work, and give the thread's own connection back."""
    try:
        return _work(until)
    finally:
        connection.close()


def _work(until: float) -> int:
    done = 0
    while time.monotonic() < until:
        found = claim(UptimeMonitor.objects.at_work(), limit=1, now=timezone.now(), length=LEASE)
        if not found:
            break
        done += _look(found[0])
    return done


def _look(monitor: UptimeMonitor) -> bool:
    """Check one page and write what was found; a crash keeps the others from nothing, and the lease runs out."""
    if not connection.in_atomic_block:
        # A slow server would keep the connection from the pool, which is smaller than it could be.
        connection.close()
    try:
        answer = checks.check(monitor.status_url)
        return record_check(monitor=monitor, answer=answer, at=timezone.now())
    except Exception:
        log.exception("uptime_check_crashed", monitor_id=monitor.pk, provider_id=monitor.provider_id)
        return False
