"""HEIC through libheif's and libde265's decoders in `pi_heif`; libvips brings no decoder for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from images.metadata import attach_blocks
from images.refusals import CorruptImageError, UnsupportedFormatError

if TYPE_CHECKING:
    import pyvips

# Modes of 8 bits a channel; a grey picture of 10 or 12 bits is the only one that is not brought to one of them.
_BANDS = {"RGB": (3, "srgb"), "RGBA": (4, "srgb"), "L": (1, "b-w")}


def open_heic(data: bytes) -> pyvips.Image:
    """Decode the primary picture: upright already, with 8 bits a channel, profile, EXIF and XMP attached.

    Raises TooManyPixelsError, judged from the header before any pixel is decoded, and CorruptImageError.
    """
    import pi_heif
    import pyvips

    # Not above, because that module needs this one first.
    from images.loaders import check_size

    # As many pictures as there are cores are encoded at once, each in a process of its own.
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    try:
        heif = pi_heif.open_heif(data)
        check_size(*heif.size)
        if heif.mode not in _BANDS:
            raise UnsupportedFormatError
        pixels = heif.data
    except (ValueError, EOFError, SyntaxError, RuntimeError, OSError) as error:
        raise CorruptImageError from error
    bands, space = _BANDS[heif.mode]
    borrowed = pyvips.Image.new_from_memory(pixels, *heif.size, bands, "uchar")
    # The pixels belong to the decoder and go with it. Of a picture in memory copy_memory() makes no copy, but of a
    # part of it, it does.
    image = borrowed.crop(0, 0, *heif.size).copy_memory().copy(interpretation=space)
    return attach_blocks(image, heif.info)
