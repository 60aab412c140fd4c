"""One picture in, one smaller picture out: which formats are tried, what is kept of the input, what is answered.

This module is pure. Importing it loads no image library and runs no image operation, so a web process may
use its types freely; `encode` itself belongs inside the disposable children of `images.workers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from images import searches
from images.encoders import fits, save, too_long_a_side
from images.loaders import MAX_FRAMES, MAX_PIXELS, SourceType, is_readable, restrict_loaders, sniff, warm_up
from images.options import Encoded, Format, Metadata, Options, OutputFormat, Position, Watermark
from images.prepared import Prepared, prepare
from images.refusals import (
    CodecError,
    CorruptImageError,
    TimedOutError,
    TooComplexError,
    TooManyFramesError,
    TooManyPixelsError,
    UnsupportedFormatError,
    WatermarkError,
    refusal_of,
)
from images.repacking import MAX_OPTIMISED_PIXELS, repacked

__all__ = [
    "MAX_FRAMES",
    "MAX_PIXELS",
    "CodecError",
    "CorruptImageError",
    "Encoded",
    "Format",
    "Metadata",
    "Options",
    "OutputFormat",
    "Position",
    "SourceType",
    "TimedOutError",
    "TooComplexError",
    "TooManyFramesError",
    "TooManyPixelsError",
    "UnsupportedFormatError",
    "Watermark",
    "WatermarkError",
    "encode",
    "sniff",
    "warm_up",
]

# The types that are also written; the others become what is beside them when their own format is asked for.
_OWN_FORMAT: dict[SourceType, Format] = {"jpeg": "jpg", "png": "png", "webp": "webp", "avif": "avif"}
_NEXT_FORMAT: dict[SourceType, Format] = {"gif": "webp", "tiff": "jpg", "heic": "jpg"}
# Packing anew without loss wins a fifth at most; where encoding won more, it is not tried.
_REPACKING_WINS = 0.8


@dataclass(frozen=True)
class _Written:
    data: bytes
    format: Format
    quality: int
    meets_target: bool = True


def encode(data: bytes, options: Options) -> Encoded:
    """Encode one picture: upright, in sRGB unless its profile is kept, shrunk to the asked box.

    An animation stays one in webp; the other formats get its first frame. A png keeps 16 bits a channel unless
    it is shrunk or gets a watermark; every other result has 8. When the answer is in the input's own format, not
    shrunk and without a watermark, `keep_smallest` also tries the input's own pixels, packed anew without loss.
    An input that lies on its side or is not in sRGB is then kept (with the orientation and profile that it
    needs) only if no encoding is smaller.

    Raises UnsupportedFormatError, TooManyPixelsError (before any pixel is decoded), CorruptImageError,
    WatermarkError, or TooComplexError when memory runs out. Hostile input can crash or stall the process:
    whatever must live on calls `images.workers.encode_isolated` instead.
    """
    source = sniff(data)
    if source is None:
        raise UnsupportedFormatError
    import pyvips

    restrict_loaders()
    try:
        return _encode(data, source, options)
    except pyvips.Error as error:
        raise refusal_of(str(error.detail)) from error


def _encode(data: bytes, source: SourceType, options: Options) -> Encoded:
    formats = options.candidates or (_format_of(source, options),)
    picture = prepare(data, source, options, all_frames="webp" in formats, keep_depth="png" in formats)
    if picture.frames > 1:
        formats = ("webp",)
    possible = [format for format in formats if fits(picture.image, format, picture.frames)]  # noqa: A001
    if not possible:
        raise too_long_a_side(formats[0])
    best = _best_of(possible, data, source, picture, options)
    return Encoded(
        data=best.data,
        format=best.format,
        width=int(picture.image.width),
        height=int(picture.image.height) // picture.frames,
        already_optimal=best.data == data,
        quality=best.quality,
        frames=picture.frames,
        meets_target=best.meets_target,
    )


def _format_of(source: SourceType, options: Options) -> Format:
    if options.format != "original":
        return options.format
    return _OWN_FORMAT.get(source) or _NEXT_FORMAT[source]


def _best_of(
    possible: list[Format], data: bytes, source: SourceType, picture: Prepared, options: Options
) -> _Written:
    own = _OWN_FORMAT.get(source)
    can_keep = options.keep_smallest and picture.is_same and own in possible
    if can_keep and possible == ["png"] and not options.lossy and _is_packed_alike(picture):
        kept = _kept(data, source, "png", picture, options)
        if kept is not None:
            return kept
    best = min((_write(picture, format, options) for format in possible), key=_rank)  # noqa: A001
    return _no_bigger(best, data, source, own, picture, options) if can_keep and own else best


def _is_packed_alike(picture: Prepared) -> bool:
    """Tell whether encoding a PNG gives what packing it anew gives: nothing is turned, kept or too large."""
    is_plain = not picture.is_marked and not picture.parts.keeps_all
    return is_plain and picture.image.width * picture.image.height <= MAX_OPTIMISED_PIXELS


def _rank(written: _Written) -> tuple[bool, int]:
    return not written.meets_target, len(written.data)


def _write(picture: Prepared, format: Format, options: Options) -> _Written:  # noqa: A002 - the contract's word
    encoder = partial(_save, picture, format, options)
    is_lossless = format == "png" and not options.lossy
    if options.target_bytes is not None and not is_lossless:
        data, quality, is_met = searches.within_bytes(encoder, options.target_bytes)
        return _Written(data, format, quality, is_met)
    if options.target_ssim is not None and not is_lossless:
        data, quality, is_met = searches.with_similarity(encoder, picture.image, options.target_ssim)
        return _Written(data, format, quality, is_met)
    data = encoder(options.quality)
    return _Written(data, format, 100 if is_lossless else options.quality, _is_within(data, options))


def _save(picture: Prepared, format: Format, options: Options, quality: int) -> bytes:  # noqa: A002
    return save(picture.image, format, quality, options, is_graphic=picture.is_graphic)


def _no_bigger(
    best: _Written, data: bytes, source: SourceType, own: Format, picture: Prepared, options: Options
) -> _Written:
    """Return `best` or, if that is smaller, the input's own pixels; never more bytes than the input has."""
    limit = len(data) * (1 if picture.is_marked else _REPACKING_WINS)
    if len(best.data) < limit and best.meets_target:
        return best
    kept = _kept(data, source, own, picture, options)
    if kept is not None:
        return min(kept, best, key=_rank)
    if len(best.data) <= len(data):
        return best
    # What else is in the input cannot be told, so it is not given back: a lower quality must do.
    encoder = partial(_save, picture, own, options)
    smaller, quality, _ = searches.within_bytes(encoder, len(data), lowest=1)
    return _Written(smaller, own, quality, options.target_ssim is None and _is_within(smaller, options))


def _kept(data: bytes, source: SourceType, own: Format, picture: Prepared, options: Options) -> _Written | None:
    """Return the input's own pixels, packed anew; None when it cannot be told what else is in it."""
    pixels = picture.image.width * picture.image.height
    kept = repacked(data, source, picture.parts, pixels, options.effort)
    if kept is None or not (kept == data or is_readable(kept)):
        return None
    quality = 100 if own == "png" else options.quality
    return _Written(kept, own, quality, _is_within(kept, options))


def _is_within(data: bytes, options: Options) -> bool:
    return options.target_bytes is None or len(data) <= options.target_bytes
