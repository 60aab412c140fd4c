"""Compressing for an account: credits are taken first and given back for what failed; results wait 15 minutes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from apikeys.models import ApiKey
from audit.services import record
from images.codecs import CodecError, Encoded, Options, SourceType, TooComplexError, UnsupportedFormatError, sniff
from images.encoders import Format
from images.errors import Busy
from images.models import Result
from images.names import result_name, safe_name
from images.workers import WorkersUnavailableError, encode_isolated
from plans import entitlements
from plans.errors import QuotaExhausted

PRODUCT = "fluximage"
COUNTER = "compressions"
KEEP = timedelta(minutes=15)
_SNIFFED_BYTES = 512
_MAX_SIDE = 10_000_000
_TYPES: dict[Format, SourceType] = {"webp": "webp", "avif": "avif", "jpg": "jpeg", "png": "png"}


@dataclass(frozen=True, slots=True)
class Done:
    """One compressed image; sizes in bytes. It waits as `result`, or else is in `data`."""

    status: ClassVar[str] = "done"
    source_name: str
    name: str
    format: Format
    quality: int
    width: int
    height: int
    original_size: int
    compressed_size: int
    already_optimal: bool
    data: bytes
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """One image that was refused; it costs nothing."""

    status: ClassVar[str] = "failed"
    source_name: str
    code: str
    message: str


Outcome = Done | Failed


def compress(
    *,
    key: ApiKey,
    files: Sequence[UploadedFile[bytes]],
    options: Options,
    session_id: str,
    is_kept: bool = True,
    before_each: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Compress files one after the other; each fails alone, and each that is done costs one credit.

    is_kept: store the results for 15 minutes. before_each: called before each image, which may take 30 s and
    the wait for its turn. Images beyond the last credit fail with `quota_exhausted`.

    Raises QuotaExhausted (402) when no credit is left for any, Busy (429) when no image could be tried.
    """
    outcomes: list[Outcome] = []
    with _purse(key.account, sum(map(_is_image, files))) as purse:
        for file in files:
            before_each()
            outcome = _try(file, options, purse)
            if isinstance(outcome, Done):
                outcome = _finish(outcome, key, session_id, is_kept=is_kept)
            outcomes.append(outcome)
        done_count = sum(isinstance(outcome, Done) for outcome in outcomes)
        if not done_count and any(isinstance(o, Failed) and o.code == Busy.code for o in outcomes):
            raise Busy
        purse.spent = done_count
    return outcomes


@dataclass(slots=True)
class _Purse:
    """What one request may spend. used: images tried so far. spent: what it costs in the end."""

    granted: int
    used: int = 0
    spent: int = 0


@contextmanager
def _purse(account: Account, wanted: int) -> Iterator[_Purse]:
    """Take as many credits as there are, up to `wanted`; what is not spent goes back, after a crash too."""
    purse = _Purse(_claim(account, wanted))
    claimed_at = timezone.now()
    try:
        yield purse
    finally:
        if purse.granted > purse.spent:
            unspent = purse.granted - purse.spent
            entitlements.release(account, PRODUCT, COUNTER, unspent, claimed_at=claimed_at)


def _claim(account: Account, wanted: int) -> int:
    if not wanted:
        return 0
    try:
        entitlements.claim(account, PRODUCT, COUNTER, wanted)
    except QuotaExhausted:
        if wanted == 1:
            raise
    else:
        return wanted
    # Not enough for all of them: take what is left, one by one. The first refusal of all is the request's own.
    entitlements.claim(account, PRODUCT, COUNTER)
    granted = 1
    with suppress(QuotaExhausted):
        while granted < wanted:
            entitlements.claim(account, PRODUCT, COUNTER)
            granted += 1
    return granted


def _is_image(file: UploadedFile[bytes]) -> bool:
    file.seek(0)
    head = file.read(_SNIFFED_BYTES)
    file.seek(0)
    return sniff(head) is not None


def _try(file: UploadedFile[bytes], options: Options, purse: _Purse) -> Outcome:
    source_name = safe_name(file.name or "")
    if not _is_image(file):
        # The same words as of a file that looks like an image and turns out to be none.
        return Failed(source_name, UnsupportedFormatError.code, UnsupportedFormatError.default_sentence)
    if purse.used >= purse.granted:
        return Failed(source_name, QuotaExhausted.code, "Your plan's compressions are used up.")
    purse.used += 1
    data = file.read()
    try:
        encoded = _checked(encode_isolated(data, options), options)
    except CodecError as error:
        return Failed(source_name, error.code, error.sentence)
    except WorkersUnavailableError:
        return Failed(source_name, Busy.code, Busy.message)
    return Done(
        source_name=source_name,
        name=result_name(source_name, options.format),
        format=options.format,
        quality=options.quality,
        width=encoded.width,
        height=encoded.height,
        original_size=len(data),
        compressed_size=len(encoded.data),
        already_optimal=encoded.already_optimal,
        data=encoded.data,
    )


def _checked(encoded: Encoded, options: Options) -> Encoded:
    """Return what a worker answered if it makes sense: a picture may have taken its worker over."""
    sides: list[Any] = [encoded.width, encoded.height]
    flag: Any = encoded.already_optimal
    is_sane = isinstance(flag, bool) and all(type(side) is int and 0 < side <= _MAX_SIDE for side in sides)
    if not is_sane or sniff(encoded.data) != _TYPES[options.format]:
        raise TooComplexError
    return encoded


def _finish(done: Done, key: ApiKey, session_id: str, *, is_kept: bool) -> Done:
    """Write the trail, and keep the result unless it is answered at once."""
    result = _result_of(done, key, session_id) if is_kept else None
    sizes = {"format": done.format, "original_bytes": done.original_size, "compressed_bytes": done.compressed_size}
    with transaction.atomic():
        if result is not None:
            result.save(force_insert=True)
        record(
            "image.compressed",
            target="" if result is None else result,
            account_id=key.account_id,
            key=key,
            data=sizes,
        )
    if result is None:
        return done
    # After the row: a crash in between leaves a row without a file, which expires, never a file without a row.
    default_storage.save(result.storage_name, ContentFile(done.data))
    # The bytes of twenty results together would be too much to hold.
    return replace(done, data=b"", result=result)


def _result_of(done: Done, key: ApiKey, session_id: str) -> Result:
    result_id = uuid.uuid4()
    return Result(
        id=result_id,
        account_id=key.account_id,
        key=key,
        session_id=session_id,
        source_name=done.source_name,
        name=done.name,
        format=done.format,
        original_bytes=done.original_size,
        compressed_bytes=done.compressed_size,
        storage_name=f"images/{result_id.hex[:2]}/{result_id}.{done.format}",
        # Whole seconds, because the link says when it ends in whole seconds.
        expires_at=timezone.now().replace(microsecond=0) + KEEP,
    )
