"""How a JPEG is written: the encoder that needs fewer bytes at each quality, and the same promises from both."""

from __future__ import annotations

import pytest

from images.codecs import Encoded, Options
from images.tests import pictures
from images.workers import encode_isolated

pytestmark = pytest.mark.once


def encode(data: bytes | None = None, **options) -> Encoded:
    return encode_isolated(data or pictures.make_photo(), Options("jpg", keep_smallest=False, **options))


def head_of(jpeg: bytes) -> tuple[int, list[int]]:
    """Return the frame's marker and the sampling factors of its components."""
    position = 2
    while not 0xC0 <= jpeg[position + 1] <= 0xC2:
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
    count = jpeg[position + 9]
    return jpeg[position + 1], [jpeg[position + 11 + 3 * i] for i in range(count)]


PROGRESSIVE = 0xC2
HALF, FULL = [0x22, 0x11, 0x11], [0x11, 0x11, 0x11]


@pytest.mark.parametrize(("quality", "sampling"), [(74, HALF), (75, HALF), (82, HALF), (95, HALF), (96, FULL)])
def test_a_photograph_is_progressive_and_has_all_its_colours_only_at_the_highest_qualities(quality, sampling):
    photo = pictures.convert(pictures.make_photo(), "jpeg")
    assert head_of(encode(photo, quality=quality).data) == (PROGRESSIVE, sampling)


def test_a_drawing_has_all_its_colours_from_90_on():
    drawing = pictures.make_png(200, 100)
    assert head_of(encode(drawing, quality=89).data) == (PROGRESSIVE, HALF)
    assert head_of(encode(drawing, quality=90).data) == (PROGRESSIVE, FULL)


@pytest.mark.parametrize("quality", [60, 82])
def test_a_grey_picture_stays_grey(quality: int):
    grey = pictures.make_png(left=(20,), right=(200,))
    assert head_of(encode(grey, quality=quality).data) == (PROGRESSIVE, [0x11])


def test_bytes_grow_with_quality_where_one_encoder_follows_the_other():
    photo = pictures.convert(pictures.make_photo(), "jpeg")
    sizes = [len(encode(photo, quality=quality).data) for quality in (65, 70, 80, 85, 90, 95, 98)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("quality", [60, 82])
def test_what_is_kept_says_the_size_of_the_result(quality: int):
    tagged = pictures.with_fields(pictures.make_photo(), "jpeg", exif=pictures.exif(artist="Ann (Author)"))
    data = encode(tagged, quality=quality, metadata="all", max_width=100).data
    texts = pictures.describe(data).texts
    assert texts["exif-ifd0-Artist"].startswith("Ann (Author)")
    assert texts["exif-ifd2-PixelXDimension"].startswith("100 ")


@pytest.mark.parametrize("quality", [60, 82])
def test_all_keeps_the_profile_and_none_does_not(quality: int):
    wide = pictures.convert(pictures.make_photo(), "p3-jpeg")
    kept = encode(wide, quality=quality, metadata="all").data
    assert "icc-profile-data" in pictures.describe(kept).fields
    assert pictures.largest_difference(kept, wide) < 40 * 257
    assert b"ICC_PROFILE" not in encode(wide, quality=quality).data
