"""The ZIP of a session: written while it is sent, so that neither memory nor disk ever holds it."""

import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from django.utils import timezone

from images.models import Result
from images.names import told_apart
from images.storage import storage

_CHUNK_BYTES = 256 * 1024


class _Outlet:
    """A file that can only be written to; what was written waits to be taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep the bytes."""
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing behind."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def zip_of(results: Sequence[Result]) -> Iterator[bytes]:
    """Yield a ZIP of the files, stored as they are: they cannot be made smaller. Equal names get a number.

    A file that is lost, or whose time ends meanwhile, is left out.
    """
    outlet = _Outlet()
    names = told_apart(result.name for result in results)
    # zipfile asks of a file that cannot be searched for no more than `write` and `flush`.
    with zipfile.ZipFile(outlet, "w") as archive:  # type: ignore[call-overload]
        for result, name in zip(results, names, strict=True):
            try:
                source = storage().open(result.storage_name)
            except FileNotFoundError:
                continue
            with source:
                for _ in _copy(source, archive, _entry(result, name)):
                    yield outlet.take()
    yield outlet.take()


def _copy(source: IO[bytes], archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[None]:
    with archive.open(entry, "w") as target:
        while chunk := source.read(_CHUNK_BYTES):
            target.write(chunk)
            yield


def _entry(result: Result, name: str) -> zipfile.ZipInfo:
    made_at = timezone.localtime(result.created_at)
    entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
    entry.file_size = result.compressed_bytes
    # Without it some programs unpack files that nobody may read.
    entry.external_attr = 0o644 << 16
    return entry
