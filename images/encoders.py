"""How each format is written: libvips options, and one quality scale for all lossy formats.

Importing this module loads no image library; its functions belong inside the children of `images.workers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from images.jpegs import save_jpeg
from images.metadata import kept_blocks
from images.options import Effort, Format, Options
from images.refusals import TooManyPixelsError
from images.repacking import MAX_OPTIMISED_PIXELS, optimised_png

if TYPE_CHECKING:
    import pyvips

__all__ = ["MAX_SIDE", "Format", "avif_effort", "avif_quality", "fits", "save", "too_long_a_side"]

# What the containers (WebP) and the encoders (libjpeg, libheif) can hold on one side, in pixels.
MAX_SIDE: dict[Format, int] = {"webp": 16_383, "avif": 16_384, "jpg": 65_500}

# AVIF qualities that look like the WebP quality beside them, found by comparing both on photographs.
_AVIF_SCALE = ((70, 51), (76, 54), (82, 62), (88, 72))

# At equal score, against effort 4: effort 5 needs 0.7 percent fewer bytes for 1.2 times its CPU, effort 6 with
# the sharper chroma of `smart_subsample` 4 percent fewer for 3 times it. More passes, the other presets and
# `smart_deblock` cost more than they win. Large pictures must end within their time.
WEBP_EFFORTS: dict[Effort, dict[str, Any]] = {
    "sync": {"effort": 5},
    "async": {"effort": 6, "smart_subsample": True},
}
_LARGE_WEBP_PIXELS, _LARGE_WEBP_EFFORT = 24_000_000, {"effort": 4}
# Up to so many pixels, this effort of the AVIF encoder; 0 above. It costs 0.75 s a megapixel at 3, 0.4 s at 2, 0.3
# s at 1 and 0.1 s at 0, so that a third of a picture's 30 seconds is enough where this was measured.
_AVIF_EFFORTS: dict[Effort, tuple[tuple[int, int], ...]] = {
    "sync": ((12_000_000, 2), (24_000_000, 1)),
    "async": ((8_000_000, 3), (24_000_000, 2), (36_000_000, 1)),
}


def save(image: pyvips.Image, format: Format, quality: int, options: Options, *, is_graphic: bool) -> bytes:  # noqa: A002 - the contract's word
    """Write a picture; `quality` is 1 to 100 on the WebP scale, and png ignores it unless it is lossy.

    The picture must be sRGB or grey (or have the profile that is to be kept) and in memory; 16 bits a channel
    survive in png only. Of `options` the effort, `lossy` and the policy on metadata are read. `is_graphic` tells
    that colours may change from one pixel to the next, so avif must not blur them.
    """
    keep = kept_blocks(image, options.metadata)
    pixels = image.width * image.height
    if format == "png":
        return _save_png(image, quality, keep, options)
    if image.format == "ushort":
        image = image.colourspace("b-w" if image.bands < 3 else "srgb").cast("uchar")
    match format:
        case "webp":
            is_large = pixels > _LARGE_WEBP_PIXELS
            effort = _LARGE_WEBP_EFFORT if is_large else WEBP_EFFORTS[options.effort]
            return bytes(image.webpsave_buffer(Q=quality, keep=keep, **effort))
        case "avif":
            return bytes(
                image.heifsave_buffer(
                    compression="av1",
                    Q=avif_quality(quality),
                    effort=avif_effort(pixels, options.effort),
                    subsample_mode="off" if is_graphic else "on",
                    bitdepth=8,
                    keep=keep,
                )
            )
        case "jpg":
            return save_jpeg(image, quality, keep, is_graphic=is_graphic)


def _save_png(image: pyvips.Image, quality: int, keep: str, options: Options) -> bytes:
    if options.lossy:
        return bytes(image.pngsave_buffer(palette=True, Q=quality, dither=1.0, effort=7, compression=9, keep=keep))
    pixels = image.width * image.height
    if pixels > MAX_OPTIMISED_PIXELS:
        # A filter chosen per row wins a fifth; level 9 would win 0.2 percent more for four times the time.
        return bytes(image.pngsave_buffer(compression=6, filter="all", keep=keep))
    # Stored rows: they are filtered and packed once, by the optimiser.
    stored = bytes(image.pngsave_buffer(compression=0, filter="none", keep=keep))
    is_deep = image.format == "ushort"
    return optimised_png(stored, pixels, effort=options.effort, keep_depth=is_deep)


def fits(image: pyvips.Image, format: Format, frames: int) -> bool:  # noqa: A002 - the contract's word
    """Tell whether a format can hold a picture of this size."""
    return format not in MAX_SIDE or max(int(image.width), int(image.height) // frames) <= MAX_SIDE[format]


def too_long_a_side(format: Format) -> TooManyPixelsError:  # noqa: A002 - the contract's word
    """Make the refusal of a picture that a format cannot hold."""
    return TooManyPixelsError(f"A {format} image holds at most {MAX_SIDE[format]} pixels on a side.")


def avif_quality(quality: int) -> int:
    """Translate a WebP quality (1 to 100) into the AVIF quality that looks alike (1 to 100).

    Measured from 70 to 88; in between and beyond, the nearest two measurements are joined by a straight line.
    """
    index = sum(quality > webp for webp, _ in _AVIF_SCALE[1:-1])
    (low, low_avif), (high, high_avif) = _AVIF_SCALE[index], _AVIF_SCALE[index + 1]
    slope = (high_avif - low_avif) / (high - low)
    return min(max(round(low_avif + (quality - low) * slope), 1), 100)


def avif_effort(pixels: int, effort: Effort) -> int:
    """Choose the AVIF encoder's effort (0 to 9) so that a large picture still ends within its time."""
    return next((level for most, level in _AVIF_EFFORTS[effort] if pixels <= most), 0)
