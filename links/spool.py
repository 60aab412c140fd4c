"""Where a click waits for the database: an append-only file that is mapped into the memory of its writer.

A record is copied into the map before the visitor gets an answer. The pages belong to the kernel, so what was
copied survives the process, however it dies. Space is reserved on disk when a segment is made, so a full disk
shows there, as an error, and never in the middle of a record.
"""

import contextlib
import fcntl
import mmap
import os
import threading
import time
import uuid
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings

from links import losses

log = structlog.get_logger(__name__)

SEGMENT_BYTES = 4 * 1024 * 1024
SEGMENT_SECONDS = 60.0
RETRY_SECONDS = 1.0
SUFFIX = ".clicks"


class Spool:
    """The one writer of a process. Threads may share it; a forked child must make its own."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._map: mmap.mmap | None = None
        self._file = -1
        self._position = 0
        self._limit = 0
        self._opened_at = 0.0
        self._retry_at = 0.0

    def write(self, record: bytes) -> bool:
        """Append one record; return False when it is lost because no segment can be had, which is counted."""
        with self._lock:
            start = self._position
            end = start + len(record)
            if end <= self._limit:
                self._map[start:end] = record  # type: ignore[index]  # a limit above zero means that there is one
                self._position = end
                return True
            return self._write_to_next(record)

    def tend(self) -> None:
        """Close a segment that is older than a minute, so that what it holds is finished; called now and then."""
        with self._lock:
            if self._position and time.monotonic() - self._opened_at >= SEGMENT_SECONDS:
                self._close()

    def close(self) -> None:
        """Give the segment up; the next record makes a new one."""
        with self._lock:
            self._close()

    def _write_to_next(self, record: bytes) -> bool:
        self._close()
        # A full disk must not cost each visitor a try.
        if time.monotonic() >= self._retry_at:
            try:
                self._open()
            except OSError as error:
                self._retry_at = time.monotonic() + RETRY_SECONDS
                log.error("click_lost", error=error.strerror or type(error).__name__)
        if self._map is None or len(record) > self._limit:
            losses.count(self._folder)
            return False
        self._map[: len(record)] = record
        self._position = len(record)
        return True

    def _open(self) -> None:
        """Make a segment: locked before it gets the name under which readers look, so none finds it unowned."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = self._folder / uuid.uuid4().hex
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.posix_fallocate(file, 0, self._segment_bytes)
            self._map = mmap.mmap(file, self._segment_bytes)
            name.rename(name.with_suffix(SUFFIX))
        except OSError:
            self._map = None
            os.close(file)
            name.unlink(missing_ok=True)
            raise
        self._file, self._position, self._limit = file, 0, self._segment_bytes
        self._opened_at = time.monotonic()

    def _close(self) -> None:
        """Cut the unused rest off and let the lock go, which tells readers that no more comes."""
        if self._map is None:
            return
        self._map.close()
        self._map = None
        # Without the cut the file only takes more room until it is delivered.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._position)
        os.close(self._file)
        self._position = self._limit = 0


def is_finished(file: int) -> bool:
    """Return whether the writer of an open segment is gone: it closed the segment, or it died.

    To be asked before the file is read: what was written until then is all that will ever be.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


def folder() -> Path:
    """Return where this machine's segments are."""
    path: Path = settings.VAR_DIR / "clicks"
    return path


@cache
def spool() -> Spool:
    """Return the spool of this process."""
    return Spool(folder())


def _forget_after_fork() -> None:
    spool.cache_clear()


os.register_at_fork(after_in_child=_forget_after_fork)
