"""The quality that a target asks for."""

from __future__ import annotations

import pytest

from images.codecs import Encoded, Format, Options
from images.searches import within_bytes
from images.tests import pictures
from images.tests.studio import ask
from images.workers import encode_isolated

pytestmark = pytest.mark.once

LOSSY: list[Format] = ["webp", "avif", "jpg"]


def encode(format: Format, **options) -> Encoded:  # noqa: A002
    return encode_isolated(pictures.make_photo(), Options(format, **options))


@pytest.mark.parametrize("format", LOSSY)
def test_the_lowest_quality_that_is_similar_enough_is_taken(format: Format):  # noqa: A002
    target = 0.93
    encoded = encode(format, target_ssim=target)
    assert encoded.meets_target
    assert 40 < encoded.quality < 100
    assert ask("similarity", encoded.data, pictures.make_photo()) >= target - 0.005
    lower = encode(format, quality=encoded.quality - 1)
    assert ask("similarity", lower.data, pictures.make_photo()) < target + 0.005


@pytest.mark.parametrize("format", LOSSY)
def test_the_best_quality_within_the_bytes_is_taken(format: Format):  # noqa: A002
    limit = len(encode(format, quality=70).data)
    encoded = encode(format, target_bytes=limit)
    assert encoded.meets_target
    assert encoded.quality >= 70
    assert len(encoded.data) <= limit
    assert len(encode(format, quality=encoded.quality + 1).data) > limit


def test_a_target_that_cannot_be_met_is_said_so():
    few_bytes = encode("webp", target_bytes=1)
    assert (few_bytes.meets_target, few_bytes.quality) == (False, 40)
    assert len(few_bytes.data) == len(encode("webp", quality=40).data)
    alike = encode("jpg", target_ssim=0.99999)
    assert (alike.meets_target, alike.quality) == (False, 100)


def test_a_lossless_png_can_only_say_whether_it_fits():
    size = len(encode("png").data)
    assert encode("png", target_bytes=size).meets_target
    assert not encode("png", target_bytes=size // 2).meets_target
    assert encode("png", target_ssim=0.99).meets_target


def test_auto_keeps_the_smallest_that_meets_the_target():
    single = {name: encode(name) for name in LOSSY}
    encoded = encode_isolated(pictures.make_photo(), Options("original", candidates=("webp", "avif", "jpg")))
    assert len(encoded.data) == min(len(one.data) for one in single.values())
    assert encoded.data == single[encoded.format].data


@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, 55, 69, 70, 71, 84, 85, 99, 100, 101])
def test_a_search_for_bytes_needs_at_most_seven_encodings_and_finds_the_best(size: int):
    tried: list[int] = []

    def encoder(quality: int) -> bytes:
        tried.append(quality)
        return bytes(quality)

    _, quality, is_met = within_bytes(encoder, size)
    assert len(tried) <= 6
    assert (quality, is_met) == (max(min(size, 100), 40), size >= 40)
    tried.clear()
    assert within_bytes(encoder, size, lowest=1)[1] == max(min(size, 100), 1)
    assert len(tried) <= 7


@pytest.mark.parametrize("both", [{"target_ssim": 0.5}, {"target_ssim": 1.0}, {"target_bytes": 0},
                                  {"target_ssim": 0.9, "target_bytes": 100}])  # fmt: skip
def test_targets_out_of_range_are_refused(both: dict[str, float]):
    with pytest.raises(ValueError, match="target"):
        Options("webp", **both)  # type: ignore[arg-type]
