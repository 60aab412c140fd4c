"""The thread in each web worker that keeps what it remembers true: links, the day's salt, the age of the spool."""

import os
import threading

import structlog
from django.conf import settings
from django.db import Error

from links.changes import LOOK_SECONDS, Feed, Listener
from links.connections import let_go
from links.losses import prepare
from links.spool import folder, spool
from links.table import LinkTable
from links.visitors import SALTS

log = structlog.get_logger(__name__)
_lock = threading.Lock()
_watched: dict[int, int] = {}


class Watcher:
    """Looks for changes every 0.4 s, or as soon as somebody sets `wake`."""

    def __init__(self, table: LinkTable) -> None:
        self.wake = threading.Event()
        self._table = table
        self._feed = Feed()
        self._is_blind = False

    def run(self) -> None:
        """Look for as long as the process lives."""
        while True:
            self.wake.wait(LOOK_SECONDS)
            self.wake.clear()
            try:
                self.look()
            except Exception:
                log.exception("watcher_failed")

    def look(self) -> None:
        """Forget what has changed. With the database away, what is known stays in force."""
        try:
            news = self._feed.news()
            SALTS.refresh()
        except Error as error:
            if not self._is_blind:
                log.error("link_changes_unreadable", error=type(error).__name__)
            self._is_blind = True
        else:
            self._is_blind = False
            if news is None:
                self._table.clear()
            elif news:
                self._table.forget(f"/r/{slug}" for slug in news)
        finally:
            let_go()
            spool().tend()


def watch(table: LinkTable) -> None:
    """Watch a table in this process, if that is not done already."""
    process = os.getpid()
    if _watched.get(id(table)) == process:
        return
    with _lock:
        if _watched.get(id(table)) == process:
            return
        _watched[id(table)] = process
    _prepare()
    watcher = Watcher(table)
    watcher.look()
    threading.Thread(target=watcher.run, name="links-watcher", daemon=True).start()
    if settings.REDIS_URL:
        listener = Listener(watcher.wake)
        threading.Thread(target=listener.run, name="links-listener", daemon=True).start()


def _prepare() -> None:
    try:
        prepare(folder())
    except OSError as error:
        log.error("losses_not_countable", error=error.strerror or type(error).__name__)
