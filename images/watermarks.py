"""A watermark laid over a picture or over every frame of an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from images.colours import has_foreign_profile, to_srgb
from images.loaders import open_picture, sniff
from images.options import Watermark
from images.refusals import CorruptImageError, TooManyPixelsError, WatermarkError

if TYPE_CHECKING:
    import pyvips


def stamp(image: pyvips.Image, watermark: Watermark, frames: int) -> pyvips.Image:
    """Lay a watermark over an sRGB or grey picture whose frames lie below one another.

    The result is sRGB with 8 bits a channel, and has transparency only if the picture has. Raises
    WatermarkError when the watermark is no PNG that can be decoded.
    """
    height = image.height // frames
    mark = _read(watermark.data).thumbnail_image(
        max(round(image.width * watermark.scale / 100), 1), height=height, size="both"
    )
    if not mark.hasalpha():
        mark = mark.bandjoin(255)
    mark = (mark * [1, 1, 1, watermark.opacity / 100]).cast("uchar").copy(interpretation="srgb")
    x = {"L": 0, "C": (image.width - mark.width) // 2, "R": image.width - mark.width}[watermark.position[1]]
    y = {"T": 0, "M": (height - mark.height) // 2, "B": height - mark.height}[watermark.position[0]]
    layer = mark.embed(x, y, image.width, height).replicate(1, frames)
    image = image.colourspace("srgb").cast("uchar")
    stamped = image.composite2(layer, "over").cast("uchar")
    return stamped if image.hasalpha() else stamped.extract_band(0, n=3)


def _read(data: bytes) -> pyvips.Image:
    import pyvips

    if sniff(data) != "png":
        raise WatermarkError
    try:
        # Decoded here and now, so that damage is blamed on the watermark and not on the picture.
        mark = open_picture(data, "png")
        return to_srgb(mark, is_foreign=has_foreign_profile(mark)).colourspace("srgb").copy_memory()
    except TooManyPixelsError as error:
        raise WatermarkError("The watermark has more than 100 megapixels.") from error
    except (pyvips.Error, CorruptImageError) as error:
        raise WatermarkError from error
