"""Compressing images for an account, or for somebody anonymous."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from django.core.files.uploadedfile import UploadedFile

from accounts.models import Account, User
from api.errors import PlatformError
from apikeys.models import ApiKey
from images.codecs import CodecError, Encoded, Options, SourceType, TooComplexError, UnsupportedFormatError, sniff
from images.credits import PRODUCT, Charge, paying
from images.digests import digest_of
from images.errors import Busy
from images.models import Result
from images.names import result_name, safe_name
from images.options import Format
from images.results import Done, Failed, Order, Outcome, expiry, keep, recall
from images.workers import QueueFullError, WorkersUnavailableError, encode_isolated
from plans.catalogue import Plan
from plans.entitlements import require_in
from plans.errors import QuotaExhausted

_TYPES: dict[Format, SourceType] = {"webp": "webp", "avif": "avif", "jpg": "jpeg", "png": "png"}


def require_plan(plan: Plan, *, file_count: int, options: Options) -> None:
    """Raise PlanRequired (403) unless the plan includes what is asked for: several files, a watermark."""
    if file_count > 1:
        require_in(plan, PRODUCT, "batch")
    if options.watermark is not None:
        require_in(plan, PRODUCT, "watermark")


def compress(
    *,
    account: Account | None,
    files: Sequence[UploadedFile[bytes]],
    options: Options,
    session_id: str = "",
    key: ApiKey | None = None,
    user: User | None = None,
    wants_data: bool = False,
    before_each: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Compress files one after the other; each fails alone, and each that is done costs one credit.

    account: None for somebody anonymous: nothing is charged, nothing is kept, and the bytes are in each `Done`.
    wants_data: return the bytes of kept results, too. before_each: called before each image, which may take
    30 s and the wait for its turn. An image that equals one of the last 15 minutes, with equal settings, costs
    nothing. Images beyond the last credit fail with `quota_exhausted`.

    Raises QuotaExhausted (402) and Busy (429) when no image could be tried for that reason, AccountClosed (403).
    """
    order = Order(options, session_id, account, key, user)
    outcomes: list[Outcome] = []
    with paying(account) as charge:
        for file in files:
            before_each()
            outcome = compress_one(order, file.name or "", file.read(), charge)
            if isinstance(outcome, Done) and account is not None:
                keep(order, outcome.result, outcome.data)
                # The bytes of twenty results together would be too much to hold.
                outcome = outcome if wants_data else Done(outcome.result)
            outcomes.append(outcome)
        _refuse_untried(outcomes)
    return outcomes


def _refuse_untried(outcomes: list[Outcome]) -> None:
    """Raise what kept the whole request from being tried."""
    refusals: list[PlatformError] = []
    for outcome in outcomes:
        if isinstance(outcome, Done):
            return
        if outcome.refusal is not None:
            refusals.append(outcome.refusal)
        elif outcome.code != UnsupportedFormatError.code:
            return
    if refusals:
        raise refusals[0]


def compress_one(order: Order, name: str, data: bytes, charge: Charge) -> Outcome:
    """Compress one image; its result is not kept yet. name: as it was sent. What fails costs nothing."""
    source_name = safe_name(name)
    if sniff(data) is None:
        # The same words as of a file that looks like an image and turns out to be none.
        return Failed(source_name, UnsupportedFormatError.code, UnsupportedFormatError.default_sentence)
    digest = ""
    if order.account is not None:
        digest = digest_of(data, order.options)
        known = recall(order.account, digest)
        if known is not None:
            return Done(_draft(order, source_name, len(data), known), known.data)
    try:
        charge.take()
    except QuotaExhausted as refusal:
        return Failed(source_name, refusal.code, refusal.message, refusal)
    encoded = _encode(source_name, data, order.options)
    if isinstance(encoded, Failed):
        charge.give_back()
        return encoded
    result = _draft(order, source_name, len(data), encoded)
    result.request_digest = digest
    return Done(result, encoded.data)


def _encode(source_name: str, data: bytes, options: Options) -> Encoded | Failed:
    try:
        return _checked(encode_isolated(data, options), options)
    except CodecError as error:
        return Failed(source_name, error.code, error.sentence)
    except QueueFullError as error:
        busy = Busy(retry_after_seconds=error.retry_after_seconds)
    except WorkersUnavailableError:
        busy = Busy(retry_after_seconds=1)
    return Failed(source_name, busy.code, busy.message, busy)


def _checked(encoded: Encoded, options: Options) -> Encoded:
    """Return what a worker answered if it is what was asked for: a picture may have taken its worker over."""
    formats = options.candidates or (tuple(_TYPES) if options.format == "original" else (options.format,))
    if encoded.format not in formats or sniff(encoded.data) != _TYPES[encoded.format]:
        raise TooComplexError
    return encoded


def _draft(order: Order, source_name: str, original_bytes: int, encoded: Encoded) -> Result:
    options = order.options
    has_target = options.target_ssim is not None or options.target_bytes is not None
    return Result(
        id=uuid.uuid4(),
        account=order.account,
        key=order.key,
        session_id=order.session_id,
        source_name=source_name,
        name=result_name(source_name, encoded.format),
        format=encoded.format,
        quality=encoded.quality,
        width=encoded.width,
        height=encoded.height,
        already_optimal=encoded.already_optimal,
        meets_target=encoded.meets_target if has_target else None,
        original_bytes=original_bytes,
        compressed_bytes=len(encoded.data),
        request_digest="",
        expires_at=expiry(),
    )
