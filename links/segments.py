"""The files of the spool as their reader sees them: which wait, which are delivered, which are old."""

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from links import losses
from links.models import ClickSegment
from links.spool import SUFFIX, is_finished

log = structlog.get_logger(__name__)

DELIVERED = "delivered"
KEEP_SECONDS = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One open file. is_final: its writer was gone before it was read."""

    path: Path
    file: int
    is_final: bool

    def rest(self, offset: int) -> bytes:
        """Return what it holds from an offset on."""
        return os.pread(self.file, max(0, os.fstat(self.file).st_size - offset), offset)


def waiting(folder: Path) -> list[Path]:
    """Return the segments that are not delivered to their end, the oldest first."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        # Another reader may put it away at any moment.
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found)]


@contextmanager
def opened(path: Path) -> Iterator[Segment | None]:
    """Yield the segment, None when another reader has put it away meanwhile."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        yield Segment(path, file, is_finished(file))
    finally:
        os.close(file)


def put_away(path: Path, size: int) -> None:
    """Keep a delivered segment for a day, cut to what was written, out of the way of those that wait."""
    goal = path.parent / DELIVERED / path.name
    goal.parent.mkdir(exist_ok=True)
    try:
        os.truncate(path, size)
        os.utime(path)
        path.rename(goal)
    except FileNotFoundError:
        return  # another reader was faster


def remove_old(folder: Path) -> int:
    """Remove segments that were delivered a day ago, and those whose making was cut short; return how many."""
    unmade = [path for path in folder.glob("*") if path.is_file() and not path.suffix and path.name != losses.NAME]
    old = [path for path in [*_delivered(folder), *unmade] if time.time() - path.stat().st_mtime >= KEEP_SECONDS]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def take_back(folder: Path) -> int:
    """Deliver again what the database does not know, as after an older dump was restored; return how many."""
    files = _delivered(folder)
    names = [path.name for path in files]
    offsets = dict(ClickSegment.objects.filter(name__in=names).values_list("name", "offset"))
    missing = [path for path in files if offsets.get(path.name, 0) < path.stat().st_size]
    for path in missing:
        log.warning("segment_taken_back", segment=path.name)
        path.rename(folder / path.name)
    return len(missing)


def _delivered(folder: Path) -> list[Path]:
    return sorted((folder / DELIVERED).glob(f"*{SUFFIX}"))
