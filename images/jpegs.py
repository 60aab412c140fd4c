"""How a JPEG is written: which of two encoders needs fewer bytes at which quality, and what it keeps.

Importing this module loads no image library; its functions belong inside the children of `images.workers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from images.repacking import jpeg_segments, optimised_jpeg

if TYPE_CHECKING:
    import pyvips

__all__ = ["save_jpeg"]

# Where jpegli needs fewer bytes than mozjpeg at the score that sharp's files have at these qualities, as measured
# on photographs: 1 percent at 76 to 79, 2 at 82, 6 at 88, 12 at 94, where libvips no longer halves the resolution
# of colours. Below, mozjpeg's trellis wins (2 percent at 60, 5 at 40). Above, what is asked for takes colours at
# full resolution, and jpegli's binding has none; a drawing needs them from 90 on.
_JPEGLI_QUALITIES = range(75, 96)
_FULL_COLOURS_FROM = 90
_APP0, _APP15 = 0xE0, 0xEF


def save_jpeg(image: pyvips.Image, quality: int, keep: str, *, is_graphic: bool) -> bytes:
    """Write an sRGB or grey picture of 8 bits a channel, which is in memory, as a progressive JPEG.

    Transparency is laid on white. `keep` names the metadata to keep, as libvips' writers want it.
    """
    if image.hasalpha():
        image = image.flatten(background=[255])
    needs_colours = is_graphic and quality >= _FULL_COLOURS_FROM
    if image.bands == 3 and quality in _JPEGLI_QUALITIES and not needs_colours:
        return _with_metadata(_by_jpegli(image, quality), image, keep)
    # The last four are mozjpeg's; a build without it ignores them. At equal score its table 5 needs 1.4 percent
    # fewer bytes than table 3, which it takes by itself, and no more than any other.
    return bytes(
        image.jpegsave_buffer(
            Q=quality,
            interlace=True,
            keep=keep,
            trellis_quant=True,
            overshoot_deringing=True,
            optimize_scans=True,
            quant_table=5,
        )
    )


def _by_jpegli(image: pyvips.Image, quality: int) -> bytes:
    import pyjpegli

    # It writes a baseline file; in progressive scans, chosen by mozjpeg, the same pixels need 7 percent less.
    return optimised_jpeg(pyjpegli.encode(image.write_to_memory(), image.width, image.height, quality))


def _with_metadata(data: bytes, image: pyvips.Image, keep: str) -> bytes:
    """Put in what libvips would keep, in its words: a rough picture of the same size, written by it, is robbed."""
    if keep == "none":
        return data
    rough = bytes(image.jpegsave_buffer(Q=1, keep=keep))
    blocks = [whole for marker, whole in jpeg_segments(rough) if _APP0 < marker <= _APP15]
    # Behind the head that every JPEG begins with (JFIF), which must come first.
    start = 4 + int.from_bytes(data[4:6], "big") if data[3] == _APP0 else 2
    return data[:start] + b"".join(blocks) + data[start:]
