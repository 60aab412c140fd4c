"""A picture made ready to be encoded: opened within limits, shrunk, upright, in sRGB, with its watermark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from images.colours import has_foreign_profile, to_srgb
from images.loaders import SourceType, frame_count, open_picture
from images.metadata import Notice, blob_of, exif_block, notice_of, reduced_to, xmp_block
from images.options import Options
from images.repacking import Parts
from images.watermarks import stamp

if TYPE_CHECKING:
    import pyvips

# A side without a limit; libvips itself accepts no larger coordinate.
_NO_LIMIT = 10_000_000
# Below this, a picture that was stored without loss has flat areas and hard edges; photographs need 11 and more.
_GRAPHIC_BITS_PER_PIXEL = 8


@dataclass(frozen=True)
class Prepared:
    """A picture in memory, its `frames` below one another.

    is_same: it shows what the input shows, at the same size. parts: what the input must keep besides its pixels
    if it is kept. is_marked: the input looks right only together with such a part (an orientation, a profile, or
    printing inks), so that an answer of its own is preferred. is_graphic: drawn, not photographed.
    """

    image: pyvips.Image
    frames: int
    is_same: bool
    is_marked: bool
    is_graphic: bool
    parts: Parts


def prepare(data: bytes, source: SourceType, options: Options, *, all_frames: bool, keep_depth: bool) -> Prepared:
    """Decode a picture and bring it to the size, the colours and the metadata that were asked for.

    With `all_frames` an animation stays one. 16 bits a channel stay if `keep_depth`, unless the picture is shrunk
    or gets a watermark. Raises what `loaders.open_picture` raises, WatermarkError, and pyvips.Error.
    """
    image = open_picture(data, source, all_frames=all_frames)
    frames = frame_count(image) if all_frames and image.get_typeof("page-height") else 1
    is_foreign = has_foreign_profile(image)
    orientation = int(image.get("orientation")) if image.get_typeof("orientation") and frames == 1 else 1
    parts = _parts(image, options, orientation, has_profile=is_foreign or options.metadata == "all")
    is_marked = orientation > 1 or is_foreign or image.interpretation == "cmyk"
    bits_per_pixel = 8 * len(data) / (image.width * image.height)
    is_graphic = source == "gif" or (source == "png" and bits_per_pixel < _GRAPHIC_BITS_PER_PIXEL)
    image, was_resized = _shrunk(image, data, source, options, orientation)
    if orientation > 1:
        # Turning reads pixels out of order, which a sequential source cannot serve: hold them first.
        image = image.copy_memory().autorot()
    keeps_profile = options.metadata == "all" and options.watermark is None
    image = to_srgb(image, is_foreign=is_foreign and not keeps_profile, keep_depth=keep_depth and not was_resized)
    if options.watermark is not None:
        image = stamp(image, options.watermark, frames)
    image = reduced_to(image, options.metadata)
    is_same = not was_resized and options.watermark is None
    # Decoded here, once for however many encodings, and with every complaint about the input behind us.
    return Prepared(image.copy_memory(), frames, is_same, is_marked, is_graphic, parts)


def _parts(image: pyvips.Image, options: Options, orientation: int, *, has_profile: bool) -> Parts:
    notice = notice_of(image) if options.metadata == "copyright" else Notice()
    return Parts(
        keeps_all=options.metadata == "all",
        exif=b"" if options.metadata == "all" else exif_block(notice, orientation),
        xmp=xmp_block(notice),
        has_profile=has_profile,
        old_exif=blob_of(image, "exif-data"),
        old_xmp=blob_of(image, "xmp-data"),
    )


def _shrunk(
    image: pyvips.Image, data: bytes, source: SourceType, options: Options, orientation: int
) -> tuple[pyvips.Image, bool]:
    """Shrink into the box, which is for one upright frame; the flag tells whether the size changed."""
    box = (options.max_width or _NO_LIMIT, options.max_height or _NO_LIMIT)
    if orientation >= 5:
        # The stored picture lies on its side, so the box for the upright one is laid on its side too.
        box = (box[1], box[0])
    height = int(image.get("page-height")) if image.get_typeof("page-height") else image.height
    factor = max(image.width / box[0], height / box[1])
    if factor <= 1:
        return image, False
    shrink = next((step for step in (8, 4, 2) if factor >= step), 1)
    if source == "jpeg" and shrink > 1:
        image = open_picture(data, source, shrink=shrink)
    return image.thumbnail_image(box[0], height=box[1], size="down", no_rotate=True), True
