"""Multipart bodies in, within limits: files beyond them are read past without being kept anywhere.

A file of a small request stays in memory, others are temporary files that end with the request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import IO, Any, ClassVar

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from rest_framework.parsers import DataAndFiles, MultiPartParser
from rest_framework.request import Request

from images.digests import digest_of_parts
from images.errors import MAX_FILE_BYTES, MAX_FILES, FileTooLarge, TooManyFiles

MAX_REQUEST_BYTES = (MAX_FILES + 1) * MAX_FILE_BYTES + 1024**2
"""The size of a request: its files and a watermark, and 1 MB for everything around them."""


class LimitHandler(FileUploadHandler):
    """Stands before Django's own handlers and lets nothing through to them that is beyond the limits.

    It reads on to the end of the body: a client that is still sending would not see an earlier answer.
    """

    def __init__(self, max_files: int, max_file_bytes: int) -> None:
        super().__init__()
        self._max_files = max_files
        self._max_file_bytes = max_file_bytes
        self.file_count = 0
        self.is_too_large = False
        self._file_bytes = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count the file."""
        super().new_file(*args, **kwargs)
        # A watermark is no image to compress.
        self.file_count += self.field_name != "watermarkFile"
        self._file_bytes = 0
        if self.file_count > self._max_files:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count the bytes of the file and hand them on."""
        del start
        self._file_bytes += len(raw_data)
        if self._file_bytes > self._max_file_bytes:
            self.is_too_large = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the making of the file to the handlers behind."""
        del file_size


class UploadParser(MultiPartParser):
    """Read a `multipart/form-data` body of at most 20 files of 20 MB; others have limits of their own."""

    max_files: ClassVar[int] = MAX_FILES
    max_file_bytes: ClassVar[int] = MAX_FILE_BYTES

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        """Return the fields and files; raises TooManyFiles and FileTooLarge (413)."""
        # The body's own claim of an encoding does not count: some that Python knows are not for texts.
        context = dict(parser_context or {}, encoding="utf-8")
        request: Request = context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST_BYTES:
            raise FileTooLarge(f"A request may have at most {MAX_REQUEST_BYTES} bytes.")
        limits = LimitHandler(self.max_files, self.max_file_bytes)
        request.upload_handlers.insert(0, limits)
        try:
            parsed = super().parse(stream, media_type, context)
        except TooManyFilesSent:
            raise TooManyFiles(f"A request may carry at most {self.max_files} files.") from None
        if limits.file_count > self.max_files:
            raise TooManyFiles(f"A request may carry at most {self.max_files} files.")
        if limits.is_too_large:
            raise FileTooLarge(f"A file may have at most {self.max_file_bytes // 1024**2} MB.")
        return parsed


def fingerprint_of(request: Request) -> str:
    """Return SHA-256 over method, path, fields and files: two clients never choose the same boundary."""
    parts = [request.method or "", request.get_full_path()]
    for name, values in sorted(request.POST.lists()):
        parts += [name, str(len(values)), *map(str, values)]
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest = hashlib.sha256()
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
            parts += [name, file.name or "", digest.hexdigest()]
    return digest_of_parts(part.encode() for part in parts)
