"""Finding the quality that meets a target: structural similarity, or a number of bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from images.loaders import decoded

if TYPE_CHECKING:
    import pyvips

LOWEST, HIGHEST = 40, 100
"""The qualities among which is searched; 61 of them need at most 6 encodings."""

Encoder = Callable[[int], bytes]

# The weights of luma (Rec. 601), and what keeps the quotients of similarity from dividing by nothing.
_LUMA = [[0.299, 0.587, 0.114]]
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_TILES = 4
_TILE_SIDE = 512


def within_bytes(encode: Encoder, max_bytes: int, *, lowest: int = LOWEST) -> tuple[bytes, int, bool]:
    """Return the best result that needs at most `max_bytes`, its quality, and True.

    When there is none, the smallest result that was found comes with False. At most 6 encodings, or 7 if `lowest`
    is 1.
    """
    low, high, found, smallest = lowest, HIGHEST, None, None
    while low <= high:
        quality = (low + high) // 2
        data = encode(quality)
        if len(data) <= max_bytes:
            found, low = (data, quality), quality + 1
        else:
            high = quality - 1
        if smallest is None or len(data) < len(smallest[0]):
            smallest = (data, quality)
    data, quality = found or smallest or (b"", LOWEST)
    return data, quality, found is not None


def with_similarity(encode: Encoder, image: pyvips.Image, target: float) -> tuple[bytes, int, bool]:
    """Return the result of the lowest quality that is at least that similar, its quality, and True.

    When none is, the result of the highest quality comes with False. At most 6 encodings.
    """
    original = luma_of(image)
    low, high, found = LOWEST, HIGHEST, None
    data, quality = b"", LOWEST
    while low <= high:
        quality = (low + high) // 2
        data = encode(quality)
        if similarity(original, luma_of(decoded(data))) >= target:
            found, high = (data, quality), quality - 1
        else:
            low = quality + 1
    data, quality = found or (data, quality)
    return data, quality, found is not None


def luma_of(image: pyvips.Image) -> pyvips.Image:
    """Return the luma of an sRGB or grey picture, transparency laid on white, as numbers from 0 to 255.

    Of more than four megapixels sixteen evenly spread tiles of 512 pixels a side are taken.
    """
    import pyvips

    if image.format == "ushort":
        image = image.colourspace("b-w" if image.bands < 3 else "srgb")
    if image.hasalpha():
        image = image.flatten(background=[255])
    luma = image.recomb(_LUMA) if image.bands == 3 else image
    side, count = _TILE_SIDE, _TILES
    if min(luma.width, luma.height) > side * count // 2 and luma.width * luma.height > (side * count) ** 2:
        xs, ys = (
            [i * (length - side) // (count - 1) for i in range(count)] for length in (luma.width, luma.height)
        )
        luma = pyvips.Image.arrayjoin([luma.crop(x, y, side, side) for y in ys for x in xs], across=count)
    return luma.cast("float").copy_memory()


def similarity(a: pyvips.Image, b: pyvips.Image) -> float:
    """Return the mean structural similarity of two lumas (Wang et al. 2004: Gaussian window of sigma 1.5)."""
    means = a.bandjoin([b, a * a, b * b, a * b]).gaussblur(1.5, min_ampl=0.003, precision="float")
    mean_a, mean_b, square_a, square_b, product = means.bandsplit()
    both, squares = mean_a * mean_b, mean_a * mean_a + mean_b * mean_b
    structure = (2 * (product - both) + _C2) / (square_a + square_b - squares + _C2)
    return float(((2 * both + _C1) / (squares + _C1) * structure).avg())
