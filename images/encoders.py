"""How each format is written: libvips options, and one quality scale for all lossy formats.

Pure, and free of libvips itself: the functions call methods of the picture that they are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyvips

Format = Literal["webp", "avif", "jpg", "png"]

# What the containers (WebP) and the encoders (libjpeg, libheif) can hold on one side, in pixels.
MAX_SIDE: dict[Format, int] = {"webp": 16_383, "avif": 16_384, "jpg": 65_500}

# AVIF qualities that look like the WebP quality beside them, found by comparing both on photographs.
_AVIF_SCALE = ((70, 51), (76, 54), (82, 62), (88, 72))


def save(image: pyvips.Image, format: Format, quality: int) -> bytes:  # noqa: A002 - the contract's word
    """Write a picture without metadata; `quality` is 1 to 100 on the WebP scale, and png ignores it.

    The picture must be sRGB or grey, with 8 bits a channel unless it goes to png. Raises pyvips.Error when its
    pixels cannot be decoded, which happens only now.
    """
    match format:
        case "webp":
            return bytes(image.webpsave_buffer(Q=quality, effort=4, keep="none"))
        case "avif":
            return bytes(
                image.heifsave_buffer(
                    compression="av1",
                    Q=avif_quality(quality),
                    effort=avif_effort(image.width * image.height),
                    bitdepth=8,
                    keep="none",
                )
            )
        case "jpg":
            return bytes(_save_jpeg(image, quality))
        case "png":
            # A filter chosen per row wins 19 percent; level 9 would win 0.2 more for four times the time.
            return bytes(image.pngsave_buffer(compression=6, filter="all", keep="none"))


def _save_jpeg(image: pyvips.Image, quality: int) -> bytes:
    if image.hasalpha():
        image = image.flatten(background=[255])
    # The last four are mozjpeg's; a build without it ignores them.
    return bytes(
        image.jpegsave_buffer(
            Q=quality,
            interlace=True,
            keep="none",
            trellis_quant=True,
            overshoot_deringing=True,
            optimize_scans=True,
            quant_table=3,
        )
    )


def avif_quality(quality: int) -> int:
    """Translate a WebP quality (1 to 100) into the AVIF quality that looks alike (1 to 100).

    Measured from 70 to 88; in between and beyond, the nearest two measurements are joined by a straight line.
    """
    index = sum(quality > webp for webp, _ in _AVIF_SCALE[1:-1])
    (low, low_avif), (high, high_avif) = _AVIF_SCALE[index], _AVIF_SCALE[index + 1]
    slope = (high_avif - low_avif) / (high - low)
    return min(max(round(low_avif + (quality - low) * slope), 1), 100)


def avif_effort(pixels: int) -> int:
    """Choose the AVIF encoder's effort (0 to 9) so that a large picture still ends within its time."""
    if pixels <= 2_000_000:
        return 2
    return 1 if pixels <= 12_000_000 else 0
