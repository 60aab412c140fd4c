"""Many pulls at once: up to 50 fetches in threads without a database, a few writers with one, one claimer.

A slow server holds one of the places and nothing else. PostgreSQL's pool is smaller than the number of places,
so fetching threads never touch the database.
"""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue

import structlog
from django.db import DatabaseError, close_old_connections, connection

from providers.claims import claim
from providers.fetching import CRASH, Attempt, attempt
from providers.models import PullSource, RunStatus, SyncRun
from providers.pulling import conclude, trigger_of

PLACES = 50
WRITERS = 4
LOOK_SECONDS = 1.0
# A claim costs as much as a pull or two, so places are filled some at a time, and after this wait in any case.
_WORTH_A_CLAIM = 10
_PATIENCE_SECONDS = 0.05
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counts:
    """What a round of pulls came to. lost: concluded without a valid lease, or not at all."""

    pulled: int = 0
    failed: int = 0
    lost: int = 0


class Pulls:
    """One scheduler's pulls. stop: set it, and no more is claimed; what has begun is finished."""

    def __init__(self, *, places: int = PLACES, writers: int = WRITERS) -> None:
        self.stop = threading.Event()
        self.counts = Counts()
        self._places = places
        self._writers = writers
        self._running = 0
        self._changed = threading.Condition()
        self._fetched: SimpleQueue[Attempt | None] = SimpleQueue()

    def run(self, *, seconds: float = math.inf, is_following: bool = False) -> Counts:
        """Pull what is due until nothing is left; claim nothing new after so many seconds.

        is_following: look again every second until `stop` is set.
        """
        until = time.monotonic() + seconds
        with (
            ThreadPoolExecutor(self._places, "fetch") as fetchers,
            ThreadPoolExecutor(self._writers, "write") as pool,
        ):
            writers = [pool.submit(self._write) for _ in range(self._writers)]
            try:
                while not self.stop.is_set() and time.monotonic() < until:
                    if not self._claimed(fetchers, is_following=is_following) and not self._waited(is_following):
                        break
                self._wait(lambda: self._running == 0, math.inf)
            finally:
                for _ in writers:
                    self._fetched.put(None)
        for writer in writers:
            writer.result()
        return self.counts

    def _claimed(self, fetchers: ThreadPoolExecutor, *, is_following: bool) -> bool:
        """Begin as many pulls as there are places; return whether there were any."""
        worth = min(_WORTH_A_CLAIM, self._places)
        self._wait(lambda: self._places - self._running >= worth, _PATIENCE_SECONDS)
        self._wait(lambda: self._running < self._places, LOOK_SECONDS)
        with self._changed:
            free = self._places - self._running
        if not free:
            return True
        try:
            sources = claim(free)
        except DatabaseError as error:
            if not is_following:
                raise
            log.warning("pulls_wait_for_the_database", error=type(error).__name__)
            close_old_connections()
            return False
        with self._changed:
            self._running += len(sources)
        for source in sources:
            fetchers.submit(self._fetch, source)
        return bool(sources)

    def _waited(self, is_following: bool) -> bool:
        """Wait for what may make another pull possible; return whether there is any use in looking again."""
        with self._changed:
            before = self._running
        if before:
            # A host that was busy is free when one of these ends.
            self._wait(lambda: self._running < before, LOOK_SECONDS)
            return True
        if is_following:
            self.stop.wait(LOOK_SECONDS)
        return is_following

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(condition, None if seconds == math.inf else seconds)

    def _fetch(self, source: PullSource) -> None:
        self._fetched.put(attempt(source, trigger_of(source)))

    def _write(self) -> None:
        """Conclude what was fetched, until None comes; a thread's own connection is given back at the end."""
        try:
            while (done := self._fetched.get()) is not None:
                run = _concluded(done)
                with self._changed:
                    self._count(run)
                    self._running -= 1
                    self._changed.notify_all()
        finally:
            connection.close()

    def _count(self, run: SyncRun | None) -> None:
        if run is None:
            self.counts.lost += 1
        elif run.status == RunStatus.FAILED:
            self.counts.failed += 1
        else:
            self.counts.pulled += 1


def _concluded(done: Attempt) -> SyncRun | None:
    try:
        return conclude(done)
    except Exception:
        # The other providers' pulls go on.
        log.exception("pull_not_concluded", source_id=done.source.pk, provider_id=done.source.provider_id)
        close_old_connections()
    try:
        # What cannot be applied now will hardly be in a minute: it is told and put off like any failure.
        return conclude(replace(done, reading=None, failure=CRASH))
    except DatabaseError:
        # The lease runs out, and the source is pulled again.
        close_old_connections()
        return None
