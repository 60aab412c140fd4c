"""Colours: everything that is shown becomes sRGB or grey."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

_PROFILE = "icc-profile-data"
_PLAIN_SPACES = ("srgb", "rgb", "rgb16", "b-w", "grey16")
_STEPS = range(0, 256, 51)


def to_srgb(image: pyvips.Image, *, is_foreign: bool, keep_depth: bool = False) -> pyvips.Image:
    """Convert to sRGB or grey with 8 bits a channel; 16 are kept when `keep_depth` is True.

    `is_foreign` tells that the picture's profile matters, see `has_foreign_profile`. Printing inks are always
    converted.
    """
    is_deep = keep_depth and image.format == "ushort"
    is_cmyk = image.interpretation == "cmyk"
    if is_cmyk or is_foreign:
        # The input profile stands in for one that is missing or broken.
        fallback = "cmyk" if is_cmyk else "srgb"
        depth = 16 if is_deep else 8
        image = image.icc_transform("srgb", embedded=True, input_profile=fallback, depth=depth)
    grey, colour = ("grey16", "rgb16") if is_deep else ("b-w", "srgb")
    space = grey if image.bands < 3 else colour
    if image.interpretation != space:
        image = image.colourspace(space)
    return image if is_deep else image.cast("uchar")


def has_foreign_profile(image: pyvips.Image) -> bool:
    """Tell whether a picture has a profile under which its colours are not those of sRGB (or plain grey).

    The profile is judged by what it does to a few colours, not by its name. A broken one counts as foreign.
    """
    import pyvips

    if not image.get_typeof(_PROFILE):
        return False
    if image.interpretation not in _PLAIN_SPACES:
        return True
    bands = 1 if image.bands < 3 else 3
    colours = bytes(itertools.chain.from_iterable(itertools.product(_STEPS, repeat=bands)))
    space = "b-w" if bands == 1 else "srgb"
    sample = pyvips.Image.new_from_memory(colours, len(colours) // bands, 1, bands, "uchar")
    sample = sample.copy(interpretation=space)
    sample.set_type(pyvips.GValue.blob_type, _PROFILE, bytes(image.get(_PROFILE)))
    try:
        shown = sample.icc_transform("srgb", embedded=True, input_profile="none").colourspace(space)
        return bool((shown - sample).abs().max() > 1)
    except pyvips.Error:
        return True
