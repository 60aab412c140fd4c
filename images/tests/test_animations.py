"""Animations stay animations where the format has frames."""

from __future__ import annotations

import pytest

from images.codecs import CodecError, Encoded, Options
from images.loaders import MAX_FRAMES
from images.tests import pictures
from images.tests.conversions import DELAYS_MS, LOOPS
from images.tests.studio import ask
from images.workers import encode_isolated

pytestmark = pytest.mark.once


def encode(data: bytes, format, **options) -> Encoded:  # noqa: A002
    return encode_isolated(data, Options(format, **options))


@pytest.mark.parametrize("kind", ["animated-gif", "animated-webp"])
@pytest.mark.parametrize("format", ["webp", "original"])
def test_an_animation_keeps_frames_durations_and_loops(kind: str, format: str):  # noqa: A002
    animation = pictures.convert(pictures.make_png(), kind)
    encoded = encode(animation, format, keep_smallest=False)
    seen = pictures.describe(encoded.data, (5, 10), (5, 30), (35, 50))
    assert (encoded.format, encoded.width, encoded.height, encoded.frames) == ("webp", 40, 20, 3)
    assert (seen.width, seen.height, seen.delays, seen.loops) == (40, 60, DELAYS_MS, LOOPS)
    red, cyan, red_again = (pixel[0] > 128 for pixel in seen.pixels)
    assert (red, cyan, red_again) == (True, False, True)


def test_an_animated_avif_stays_one_in_webp_and_gives_its_first_frame_elsewhere():
    animation = pictures.convert(pictures.make_png(), "animated-avif")
    encoded = encode(animation, "webp")
    seen = pictures.describe(encoded.data, (5, 10), (5, 30), (35, 50))
    assert (encoded.format, encoded.width, encoded.height, encoded.frames) == ("webp", 40, 20, 3)
    assert (seen.width, seen.height, seen.delays, seen.loops) == (40, 60, DELAYS_MS, 0)
    assert [pixel[0] > 128 for pixel in seen.pixels] == [True, False, True]
    for format in ("jpg", "png", "avif"):  # noqa: A001
        assert pictures.describe(encode(animation, format).data).height == 20


def test_a_damaged_avif_sequence_is_refused():
    animation = pictures.convert(pictures.make_png(), "animated-avif")
    unit = animation.index(b"mdhd") + 24
    without_unit = animation[:unit] + bytes(4) + animation[unit + 4 :]
    for broken in (animation[:-40], animation[: len(animation) // 2], without_unit):
        with pytest.raises(CodecError) as caught:
            encode(broken, "webp")
        assert caught.value.code == "corrupt_image"


def test_a_frame_of_an_avif_that_would_stand_for_weeks_stands_as_long_as_webp_can_say():
    animation = pictures.convert(pictures.make_png(), "animated-avif")
    first = animation.index(b"stts") + 16
    slow = animation[:first] + b"\xff" * 4 + animation[first + 4 :]
    assert pictures.describe(encode(slow, "webp").data).delays == [2**24 - 1, *DELAYS_MS[1:]]


@pytest.mark.parametrize(
    ("box", "size"),
    [({"max_width": 20}, (20, 10)), ({"max_height": 10}, (20, 10)), ({"max_width": 400}, (40, 20))],
)
def test_the_box_is_for_one_frame(box: dict[str, int], size: tuple[int, int]):
    encoded = encode(pictures.convert(pictures.make_png(), "animated-gif"), "webp", **box)
    seen = pictures.describe(encoded.data)
    assert (encoded.width, encoded.height, encoded.frames) == (*size, 3)
    assert (seen.width, seen.height, seen.delays) == (size[0], size[1] * 3, DELAYS_MS)


def test_an_animation_goes_to_webp_among_the_candidates():
    animation = pictures.convert(pictures.make_png(), "animated-gif")
    assert encode(animation, "original", candidates=("avif", "webp", "jpg")).frames == 3
    assert encode(animation, "original", candidates=("avif", "jpg")).frames == 1


def test_an_animated_webp_is_never_answered_with_more_bytes():
    animation = encode(pictures.convert(pictures.make_photo(80, 50), "animated-webp"), "webp", quality=30).data
    again = encode(animation, "webp", quality=100)
    assert again.already_optimal
    assert again.frames == 3


def test_more_frames_than_are_decoded_are_refused_from_the_header():
    assert encode(pictures.gif_of(MAX_FRAMES), "webp").frames == MAX_FRAMES
    for format in ("webp", "jpg"):  # noqa: A001
        with pytest.raises(CodecError, match="300 frames") as caught:
            encode(pictures.gif_of(MAX_FRAMES + 1), format)
        assert caught.value.code == "too_many_pixels"


def test_more_frames_of_an_avif_than_are_decoded_are_refused_where_all_are_wanted():
    too_many = ask("avif_of", MAX_FRAMES + 1)
    with pytest.raises(CodecError, match="300 frames") as caught:
        encode(too_many, "webp")
    assert caught.value.code == "too_many_pixels"
    assert encode(too_many, "jpg").frames == 1


def test_the_pixels_of_all_frames_count():
    # 300 x 600 x 600 are 108 megapixels, though one frame is small.
    with pytest.raises(CodecError, match="over all its frames") as caught:
        encode(pictures.gif_of(300, 600, 600), "webp")
    assert caught.value.code == "too_many_pixels"


def test_a_target_is_met_over_all_frames():
    animation = pictures.convert(pictures.make_photo(80, 50), "animated-gif")
    full = len(encode(animation, "webp", quality=90).data)
    encoded = encode(animation, "webp", target_bytes=full)
    assert encoded.meets_target
    assert encoded.frames == 3
    assert encoded.quality >= 90
