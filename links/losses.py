"""Clicks that could not be written, counted in a file that needs no more room."""

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

NAME = "losses"
_COUNT = struct.Struct("<qd")


@dataclass(frozen=True, slots=True)
class Losses:
    """How many clicks were lost since the file was made. last_at: Unix seconds, 0 for none."""

    count: int
    last_at: float


def prepare(folder: Path) -> None:
    """Make the file while there is room for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder) as file:
        if os.fstat(file).st_size < _COUNT.size:
            os.pwrite(file, _COUNT.pack(0, 0.0), 0)


def count(folder: Path) -> None:
    """Count one lost click. Never raises: the visitor is answered all the same."""
    try:
        with _locked(folder) as file:
            known = _read(file)
            os.pwrite(file, _COUNT.pack(known.count + 1, time.time()), 0)
    except OSError as error:
        log.error("loss_not_counted", error=error.strerror or type(error).__name__)


def read(folder: Path) -> Losses:
    """Return what was lost; nothing where there is no file."""
    if not (folder / NAME).exists():
        return Losses(0, 0.0)
    with _locked(folder) as file:
        return _read(file)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Yield the open file under its lock."""
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int) -> Losses:
    content = os.pread(file, _COUNT.size, 0)
    return Losses(*_COUNT.unpack(content)) if len(content) == _COUNT.size else Losses(0, 0.0)
