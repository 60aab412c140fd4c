"""A watermark over a picture."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from images.codecs import Encoded, Options, Position, Watermark
from images.tests import pictures

pytestmark = pytest.mark.once

GREEN, BLACK = (0, 255, 0, 255), (0, 0, 0)
MARK = pictures.make_png(40, 20, GREEN, GREEN)
DARK = pictures.make_png(200, 100, BLACK, BLACK)


def stamped(data: bytes = DARK, mark: bytes = MARK, format="png", **how: Any) -> Encoded:  # noqa: A002
    return pictures.encode_here(data, Options(format, watermark=Watermark(mark, **how)))


def is_green(pixel: list[float]) -> bool:
    return pixel[1] > 200 and pixel[0] < 40


# Where the middle of a mark of 40 by 20 pixels lies on 200 by 100.
MIDDLES = {"L": 20, "C": 100, "R": 180}, {"T": 10, "M": 50, "B": 90}


@pytest.mark.parametrize("position", get_args(Position))
def test_a_watermark_lies_where_it_was_asked_for_and_nowhere_else(position: Position):
    places = [(x, y) for y in MIDDLES[1].values() for x in MIDDLES[0].values()]
    seen = pictures.describe(stamped(position=position).data, *places)
    wanted = MIDDLES[0][position[1]], MIDDLES[1][position[0]]
    assert [place for place, pixel in zip(places, seen.pixels, strict=True) if is_green(pixel)] == [wanted]


@pytest.mark.parametrize("scale", [5, 20, 50])
def test_a_watermark_is_as_wide_as_its_share_of_the_picture(scale: int):
    seen = pictures.describe(
        stamped(scale=scale).data, (200 - 2 * scale, 99), (200 - 2 * scale - 1, 99), (199, 99)
    )
    assert [is_green(pixel) for pixel in seen.pixels] == [True, False, True]


def test_a_watermark_is_never_taller_than_the_picture():
    tall = pictures.make_png(10, 400, GREEN, GREEN)
    seen = pictures.describe(stamped(mark=tall, scale=50, position="TL").data, (0, 0), (0, 99), (3, 50))
    assert [is_green(pixel) for pixel in seen.pixels] == [True, True, False]


@pytest.mark.parametrize(("opacity", "green"), [(100, 255), (50, 128), (0, 0)])
def test_opacity_lets_the_picture_through(opacity: int, green: int):
    pixel = pictures.describe(stamped(opacity=opacity).data, (180, 90)).pixels[0]
    assert max(pixel[:3]) == pytest.approx(green, abs=3)


def test_the_watermark_s_own_transparency_counts_too():
    half = pictures.make_png(40, 20, (0, 255, 0, 128), (0, 255, 0, 128))
    pixel = pictures.describe(stamped(mark=half, opacity=50).data, (180, 90)).pixels[0]
    assert pixel[1] == pytest.approx(64, abs=3)


def test_every_frame_of_an_animation_gets_the_watermark():
    animation = pictures.convert(pictures.make_png(200, 100), "animated-gif")
    encoded = stamped(animation, format="webp")
    seen = pictures.describe(encoded.data, (180, 90), (180, 190), (180, 290))
    assert encoded.frames == 3
    assert all(is_green(pixel) for pixel in seen.pixels)
    assert seen.delays


def test_a_grey_picture_gets_a_coloured_watermark():
    seen = pictures.describe(stamped(pictures.make_png(200, 100, (90,), (90,))).data, (180, 90))
    assert is_green(seen.pixels[0])


def test_transparency_of_the_picture_stays():
    clear = pictures.make_png(200, 100, (0, 0, 0, 0), (0, 0, 0, 0))
    seen = pictures.describe(stamped(clear).data, (5, 5), (180, 90))
    assert seen.pixels[0][-1] == 0
    assert seen.pixels[1] == list(GREEN)


def test_a_picture_with_a_watermark_is_never_replaced_by_the_input():
    small = pictures.encode_here(DARK, Options("png")).data
    encoded = stamped(small)
    assert not encoded.already_optimal
    assert is_green(pictures.describe(encoded.data, (180, 90)).pixels[0])


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"not a picture",
        MARK[:-20],
        pictures.convert(pictures.make_png(), "jpeg"),
        pictures.png_from_rows(20_000, 20_000, b""),
    ],
    ids=["empty", "text", "truncated", "jpeg", "bomb"],
)
def test_a_watermark_that_is_no_readable_png_is_refused(broken: bytes):
    with pytest.raises(RuntimeError, match="WatermarkError"):
        stamped(mark=broken)


@pytest.mark.parametrize(
    "wrong", [{"scale": 4}, {"scale": 51}, {"opacity": -1}, {"opacity": 101}, {"position": "XX"}]
)
def test_a_watermark_out_of_range_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match="must be"):
        Watermark(MARK, **wrong)
