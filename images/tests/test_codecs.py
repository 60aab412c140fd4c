"""What comes out of a picture that goes in. Everything runs through a child, as it does in production."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from images.codecs import CodecError, Encoded, Format, Options, sniff
from images.encoders import avif_effort, avif_quality
from images.tests import pictures
from images.workers import encode_isolated

pytestmark = pytest.mark.once

TOLERANCE = 40
PROFILE_FIELDS = {"icc-profile-data", "exif-data", "xmp-data", "iptc-data"}


def encode(data: bytes, format: Format = "png", **options) -> Encoded:  # noqa: A002
    return encode_isolated(data, Options(format, **options))


def refusal_code(data: bytes, **options) -> str:
    with pytest.raises(CodecError) as caught:
        encode(data, **options)
    assert str(caught.value) == caught.value.sentence
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def is_near(pixel: list[float], colour: tuple[int, ...]) -> bool:
    return len(pixel) == len(colour) and all(abs(a - b) <= TOLERANCE for a, b in zip(pixel, colour, strict=True))


def test_importing_the_module_loads_no_image_library():
    code = "import sys, images.codecs, images.workers; sys.exit('pyvips' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_process_that_is_warmed_up_has_one_thread_and_can_be_forked():
    code = (
        "import os, sys; from images.codecs import Options, encode, warm_up; warm_up()\n"
        "assert len(os.listdir('/proc/self/task')) == 1\n"
        "data = sys.stdin.buffer.read()\n"
        "if not os.fork(): os._exit(encode(data, Options('webp')).width)\n"
        "sys.exit(os.WEXITSTATUS(os.wait()[1]))"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, input=pictures.make_png(), check=False, timeout=30)
    assert done.returncode == 40


@pytest.mark.parametrize(
    ("format", "kind", "loader"),
    [
        ("webp", "webp", "webpload_buffer"),
        ("avif", "avif", "heifload_buffer"),
        ("jpg", "jpeg", "jpegload_buffer"),
        ("png", "png", "pngload_buffer"),
    ],
)
def test_each_format_comes_out_as_itself(format: Format, kind: str, loader: str):  # noqa: A002
    encoded = encode(pictures.make_png(), format, keep_smallest=False)
    seen = pictures.describe(encoded.data, (5, 10), (35, 10))
    assert (encoded.format, encoded.width, encoded.height, encoded.already_optimal) == (format, 40, 20, False)
    assert sniff(encoded.data) == kind
    assert (seen.loader, seen.width, seen.height) == (loader, 40, 20)
    assert is_near(seen.pixels[0], pictures.RED)
    assert is_near(seen.pixels[1], pictures.BLUE)


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif", "gif", "tiff", "lab-tiff"])
def test_each_kind_of_input_is_read(kind: str):
    seen = pictures.describe(encode(pictures.convert(pictures.make_png(), kind)).data, (5, 10), (35, 10))
    assert (seen.width, seen.height) == (40, 20)
    assert is_near(seen.pixels[0][:3], pictures.RED)
    assert is_near(seen.pixels[1][:3], pictures.BLUE)


def test_the_first_frame_of_an_animation_is_taken_where_a_format_has_no_others():
    animation = pictures.convert(pictures.make_png(), "animated-gif")
    seen = pictures.describe(encode(animation).data, (5, 10))
    assert (seen.width, seen.height) == (40, 20)
    assert is_near(seen.pixels[0][:3], pictures.RED)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ({"max_width": 60}, (60, 40)),
        ({"max_height": 20}, (30, 20)),
        ({"max_width": 60, "max_height": 20}, (30, 20)),
        ({"max_width": 30, "max_height": 60}, (30, 20)),
        ({"max_width": 120, "max_height": 80}, (120, 80)),
        ({"max_width": 5000}, (120, 80)),
        ({"max_height": 5000}, (120, 80)),
        ({}, (120, 80)),
    ],
)
def test_a_picture_shrinks_into_the_box_and_never_grows(box: dict[str, int], size: tuple[int, int]):
    encoded = encode(pictures.make_png(120, 80), "webp", **box)
    seen = pictures.describe(encoded.data)
    assert (encoded.width, encoded.height) == (seen.width, seen.height) == size


@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (40, 20), (4, 10), (36, 10)),
        (2, (40, 20), (36, 10), (4, 10)),
        (3, (40, 20), (36, 10), (4, 10)),
        (6, (20, 40), (10, 4), (10, 36)),
        (8, (20, 40), (10, 36), (10, 4)),
    ],
)
def test_a_picture_comes_out_upright(orientation: int, size, red_at, blue_at):
    lying = pictures.with_orientation(pictures.convert(pictures.make_png(), "jpeg"), orientation)
    seen = pictures.describe(encode(lying).data, red_at, blue_at)
    assert (seen.width, seen.height) == size
    assert is_near(seen.pixels[0], pictures.RED)
    assert is_near(seen.pixels[1], pictures.BLUE)
    assert "orientation" not in seen.fields


def test_the_box_is_for_the_upright_picture():
    lying = pictures.with_orientation(pictures.convert(pictures.make_png(), "jpeg"), 6)
    encoded = encode(lying, max_width=10)
    seen = pictures.describe(encoded.data, (5, 2), (5, 17))
    assert (seen.width, seen.height) == (encoded.width, encoded.height) == (10, 20)
    assert is_near(seen.pixels[0], pictures.RED)
    assert is_near(seen.pixels[1], pictures.BLUE)


@pytest.mark.parametrize("kind", ["p3-jpeg", "cmyk-jpeg", "bare-cmyk-jpeg"])
@pytest.mark.parametrize("options", [{}, {"max_width": 20}])
def test_colours_are_converted_to_srgb_and_no_metadata_is_left(kind: str, options: dict[str, int]):
    # These two survive printing inks and the wider screen; pure red and blue would be clipped.
    brick, slate = (180, 80, 70), (70, 100, 140)
    coloured = pictures.convert(pictures.make_png(80, 40, brick, slate), kind)
    seen = pictures.describe(encode(coloured, "jpg", quality=95, **options).data, (3, 5), (17, 5))
    assert seen.bands == 3
    assert not PROFILE_FIELDS & set(seen.fields)
    if options:
        assert all(abs(a - b) <= 12 for a, b in zip(seen.pixels[1], slate, strict=True)), seen.pixels
    assert all(abs(a - b) <= 12 for a, b in zip(seen.pixels[0], brick, strict=True)), seen.pixels


def test_jpg_lays_transparency_on_white():
    clear, half = (0, 0, 0, 0), (255, 0, 0, 128)
    seen = pictures.describe(encode(pictures.make_png(left=clear, right=half), "jpg").data, (5, 10), (35, 10))
    assert is_near(seen.pixels[0], (255, 255, 255))
    assert is_near(seen.pixels[1], (255, 127, 127))


def test_jpg_lays_sixteen_bit_transparency_on_white_too():
    clear = pictures.png_from_rows(40, 20, (b"\x00" + bytes(8) * 40) * 20, channels=4, bits=16)
    assert is_near(pictures.describe(encode(clear, "jpg").data, (5, 10)).pixels[0], (255, 255, 255))


@pytest.mark.parametrize("format", ["webp", "avif", "png"])
def test_the_other_formats_keep_transparency(format: Format):  # noqa: A002
    encoded = encode(pictures.make_png(left=(0, 0, 0, 0), right=(255, 0, 0, 255)), format)
    seen = pictures.describe(encoded.data, (5, 10), (35, 10))
    assert seen.pixels[0][3] <= 2
    assert is_near(seen.pixels[1], (255, 0, 0, 255))


def test_png_is_lossless_whatever_the_quality():
    noise = pictures.make_noise_png(16, 16)
    points = [(x, y) for x in range(16) for y in range(16)]
    encoded = encode(noise, quality=1, keep_smallest=False)
    assert encoded.data != noise
    assert pictures.describe(encoded.data, *points).pixels == pictures.describe(noise, *points).pixels


def test_png_keeps_sixteen_bits_and_the_others_have_eight():
    rows = (b"\x00" + bytes.fromhex("123456789abc") * 40) * 20
    deep = pictures.png_from_rows(40, 20, rows, bits=16)
    seen = pictures.describe(encode(deep, keep_smallest=False).data, (1, 1))
    assert (seen.format, seen.pixels) == ("ushort", [[0x1234, 0x5678, 0x9ABC]])
    assert pictures.describe(encode(deep, "webp").data).format == "uchar"


def test_a_grey_picture_stays_grey():
    grey = pictures.make_png(left=(40,), right=(200,))
    assert pictures.describe(encode(grey, keep_smallest=False).data, (5, 5)).pixels == [[40]]


def test_a_lower_quality_is_smaller():
    noise = pictures.make_noise_png(64, 64)
    for format in ("webp", "avif", "jpg"):  # noqa: A001
        assert len(encode(noise, format, quality=40).data) < len(encode(noise, format, quality=90).data)


def test_a_result_that_is_no_smaller_is_replaced_by_the_input():
    small = encode(pictures.make_noise_png(64, 64), "jpg", quality=40).data
    again = encode(small, "jpg", quality=90)
    assert again.already_optimal
    assert again.data == small
    assert (again.width, again.height) == (64, 64)


@pytest.mark.parametrize(
    ("format", "options"), [("jpg", {"keep_smallest": False}), ("png", {}), ("jpg", {"max_width": 63})]
)
def test_the_input_is_not_returned_when_something_else_was_asked(format: Format, options):  # noqa: A002
    small = encode(pictures.make_noise_png(64, 64), "jpg", quality=40).data
    again = encode(small, format, quality=100, **options)
    assert not again.already_optimal
    assert again.data != small
    assert len(again.data) >= len(small)


def test_a_truncated_file_is_refused():
    noise = pictures.make_noise_png(64, 64)
    for kind in ("jpeg", "webp", "avif", "tiff", "gif"):
        whole = pictures.convert(noise, kind)
        assert refusal_code(whole[: len(whole) * 2 // 3], format="webp") == "corrupt_image", kind
    assert refusal_code(noise[: len(noise) * 2 // 3]) == "corrupt_image"


def test_a_truncated_file_is_refused_when_shrunk_too():
    whole = pictures.convert(pictures.make_noise_png(64, 64), "jpeg")
    assert refusal_code(whole[: len(whole) * 2 // 3], max_width=32) == "corrupt_image"


def test_a_png_with_a_wrong_checksum_is_refused():
    broken = bytearray(pictures.make_png())
    broken[broken.index(b"IDAT") - 4 + 8 + 3] ^= 1
    assert refusal_code(bytes(broken)) == "corrupt_image"
    late = bytearray(pictures.make_png())
    late[late.index(b"IEND") - 8] ^= 1
    assert refusal_code(bytes(late)) == "corrupt_image"


def test_a_file_that_is_only_a_signature_is_refused_as_corrupt():
    assert refusal_code(b"\x89PNG\r\n\x1a\n") == "corrupt_image"
    assert refusal_code(b"\xff\xd8\xff") == "corrupt_image"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello, world",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7\n",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42",
        b"P6 1 1 255\n\x00\x00\x00",
    ],
)
def test_what_is_no_accepted_picture_is_unsupported(data: bytes):
    assert sniff(data) is None
    assert refusal_code(data) == "unsupported_format"


@pytest.mark.parametrize(
    ("heic", "size", "red_at", "blue_at"),
    [(pictures.HEIC, (64, 32), (8, 8), (56, 24)), (pictures.TURNED_HEIC, (32, 64), (8, 8), (24, 56))],
)
def test_a_heic_is_read_and_turned_once(heic: bytes, size, red_at, blue_at):
    seen = pictures.describe(encode(heic).data, red_at, blue_at)
    assert (seen.width, seen.height) == size
    assert is_near(seen.pixels[0], pictures.RED)
    assert is_near(seen.pixels[1], pictures.BLUE)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"II*\x00", "tiff"),
        (b"MM\x00*", "tiff"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "avif"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "heic"),
        (b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1avif", "heic"),
        (b"\x00\x00\x00\x14ftypavis\x00\x00\x00\x00msf1", "avif"),
    ],
)
def test_the_type_is_found_from_the_first_bytes(data: bytes, kind: str):
    assert sniff(data) == kind


def test_more_than_a_hundred_megapixels_are_refused_before_decoding():
    # The rows are missing: had anything been decoded, the file would be called corrupt.
    started_at = time.monotonic()
    assert refusal_code(pictures.png_from_rows(10_001, 10_000, b"")) == "too_many_pixels"
    assert time.monotonic() - started_at < 5
    assert refusal_code(pictures.png_from_rows(10_000, 10_000, b"")) == "corrupt_image"


@pytest.mark.parametrize(("format", "limit"), [("webp", 16_383), ("avif", 16_384), ("jpg", 65_500)])
def test_a_side_that_the_format_cannot_hold_is_refused(format: Format, limit: int):  # noqa: A002
    with pytest.raises(CodecError, match=str(limit)) as caught:
        encode(pictures.make_png(limit + 1, 2), format)
    assert caught.value.code == "too_many_pixels"
    assert encode(pictures.make_png(limit, 2), format).width == limit


def test_avif_quality_is_on_the_webp_scale():
    assert [avif_quality(quality) for quality in (70, 73, 76, 79, 82, 85, 88)] == [51, 52, 54, 58, 62, 67, 72]
    scale = [avif_quality(quality) for quality in range(1, 101)]
    assert scale == sorted(scale)
    assert 1 <= scale[0] < scale[-1] <= 100


def test_avif_effort_falls_as_pictures_grow():
    sizes = (1, 8_000_000, 8_000_001, 12_000_001, 24_000_001, 100_000_000)
    assert [avif_effort(pixels, "sync") for pixels in sizes] == [2, 2, 2, 1, 0, 0]
    assert [avif_effort(pixels, "async") for pixels in sizes] == [3, 3, 2, 2, 1, 0]


@pytest.mark.parametrize("format", ["webp", "avif", "png"])
def test_an_asynchronous_job_takes_another_effort(format: Format):  # noqa: A002
    photo = pictures.make_photo()
    assert encode(photo, format, effort="async").data != encode(photo, format).data


@pytest.mark.parametrize("wrong", [{"quality": 0}, {"quality": 101}, {"max_width": 0}, {"max_height": -1}])
def test_options_out_of_range_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match="must be"):
        Options("webp", **wrong)


def test_the_formats_are_those_of_the_documents():
    assert get_args(Format) == ("webp", "avif", "jpg", "png")
