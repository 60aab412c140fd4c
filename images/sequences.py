"""AVIF sequences through libavif in Pillow; of their frames libvips reads the first alone."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from images.metadata import attach_blocks
from images.refusals import CorruptImageError

if TYPE_CHECKING:
    import pyvips

_BANDS = {"RGB": 3, "RGBA": 4}
# The shortest time that browsers show a frame for, which is what a frame without a time gets, and the longest that
# webp can hold.
_SHORTEST_MS, _LONGEST_MS = 10, 2**24 - 1


def open_sequence(data: bytes) -> pyvips.Image | None:
    """Decode all frames, upright and below one another, with 8 bits a channel, their durations and the metadata.

    It repeats for ever: how often it should is not told. None when there is one frame only. Raises
    TooManyPixelsError or TooManyFramesError, judged before any pixel is decoded, and CorruptImageError.
    """
    import pyvips
    from PIL import AvifImagePlugin, ImageOps

    # Not above, because that module needs this one first.
    from images.loaders import check_size

    # As many pictures as there are cores are encoded at once, each in a process of its own.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        sequence = AvifImagePlugin.AvifImageFile(BytesIO(data))
        if sequence.n_frames == 1:
            return None
        check_size(*sequence.size, sequence.n_frames)
        frames, delays = [], []
        for index in range(sequence.n_frames):
            sequence.seek(index)
            sequence.load()
            upright = ImageOps.exif_transpose(sequence)
            frames.append(
                pyvips.Image.new_from_memory(upright.tobytes(), *upright.size, _BANDS[upright.mode], "uchar")
            )
            delays.append(min(max(sequence.info["duration"], _SHORTEST_MS), _LONGEST_MS))
    except (ValueError, KeyError, EOFError, SyntaxError, RuntimeError, OSError, ArithmeticError) as error:
        raise CorruptImageError from error
    image = pyvips.Image.arrayjoin(frames, across=1).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gint_type, "n-pages", len(frames))
    image.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    image.set_type(pyvips.GValue.array_int_type, "delay", delays)
    image.set_type(pyvips.GValue.gint_type, "loop", 0)
    return attach_blocks(image, sequence.info)
