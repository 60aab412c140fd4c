"""Pictures that are no pictures, that are more than pictures, and that are far too much of one."""

from __future__ import annotations

import time

import pytest

from images.codecs import CodecError, Encoded, Format, Options
from images.tests import hostile, pictures
from images.workers import encode_isolated

pytestmark = pytest.mark.once

FORMATS: list[Format] = ["webp", "avif", "jpg", "png"]
READ_KINDS = ["jpeg", "png", "webp", "gif", "avif", "tiff"]


def encode(data: bytes, format: Format = "webp", **options) -> Encoded:  # noqa: A002
    return encode_isolated(data, Options(format, **options))


def refusal_code(data: bytes, **options) -> str:
    with pytest.raises(CodecError) as caught:
        encode(data, **options)
    return caught.value.code


def a(kind: str) -> bytes:
    png = pictures.make_png()
    return png if kind == "png" else pictures.convert(png, kind)


@pytest.mark.parametrize(
    "data",
    [
        hostile.svg_bomb(),
        b"\xef\xbb\xbf" + hostile.svg_bomb(),
        b"\n\n" + hostile.svg_bomb(),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        hostile.archive(),
        b"<!doctype html>" + hostile.SCRIPT,
        b"#!/bin/sh\n",
        b"\x7fELF" + bytes(60),
        b"BM" + bytes(60),
        b"\x00\x00\x01\x00" + bytes(60),
        b"8BPS" + bytes(60),
        b"\xff\x0a" + bytes(60),
        b"#?RADIANCE\n\n-Y 1 +X 1\n",
        b"id=ImageMagick\n",
        b"push graphic-context\nfill 'url(https://127.0.0.1/)'\n",
        bytes(1000),
    ],
)
def test_whatever_is_no_raster_picture_is_refused_by_its_bytes(data: bytes):
    assert refusal_code(data) == "unsupported_format"


@pytest.mark.parametrize(
    "signature", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"]
)
def test_a_document_behind_a_picture_s_signature_is_refused(signature: bytes):
    assert refusal_code(signature + hostile.svg_bomb()) == "corrupt_image"


@pytest.mark.parametrize("kind", READ_KINDS)
@pytest.mark.parametrize("format", FORMATS)
def test_an_archive_behind_a_picture_is_gone_from_the_answer(kind: str, format: Format):  # noqa: A002
    encoded = encode(a(kind) + hostile.archive(), format, quality=100)
    assert hostile.ARCHIVED not in encoded.data
    assert b"PK\x05\x06" not in encoded.data


@pytest.mark.parametrize("metadata", ["none", "copyright", "all"])
def test_a_script_in_a_comment_is_gone_from_the_answer(metadata):
    text = b"Comment\x00" + hostile.SCRIPT
    for data in (hostile.jpeg_with_comment(), hostile.png_with((b"tEXt", text))):
        options = Options("original", quality=100, metadata=metadata)
        assert b"script" not in encode_isolated(data, options).data


def test_a_picture_of_225_megapixels_is_refused_at_once():
    bomb = hostile.pixel_bomb(15_000, 15_000)
    encode(pictures.make_png())
    started_at = time.monotonic()
    assert refusal_code(bomb) == "too_many_pixels"
    assert time.monotonic() - started_at < 1


def test_a_header_that_claims_the_largest_size_is_refused_at_once():
    for width, height in ((2**31 - 1, 2**31 - 1), (65_536, 65_536), (1_000_000, 1_000_000)):
        assert refusal_code(pictures.png_from_rows(width, height, b"")) in ("too_many_pixels", "corrupt_image")


def test_65_536_pixels_on_a_side_are_too_many_for_three_formats_and_fine_for_png():
    wide = pictures.make_png(65_536, 2)
    assert [refusal_code(wide, format=name) for name in FORMATS[:3]] == ["too_many_pixels"] * 3
    assert encode(wide, "png").width == 65_536
    assert encode(wide, "webp", max_width=400).width == 400
    # Among candidates, those that cannot hold it are passed over.
    assert encode(wide, "png", candidates=("webp", "png")).format == "png"


@pytest.mark.parametrize("metadata", ["none", "all"])
def test_metadata_that_unpacks_to_a_hundred_megabytes_changes_nothing(metadata):
    assert len(encode(hostile.text_bomb(100), "png", metadata=metadata).data) < 1_000


def test_megabytes_of_application_segments_are_left_behind():
    encoded = encode(hostile.jpeg_of_segments(200), "jpg", quality=100, metadata="all")
    assert len(encoded.data) < 5_000


def test_a_jpeg_of_a_thousand_scans_ends_within_its_time():
    started_at = time.monotonic()
    with pytest.raises(CodecError):
        encode(hostile.scan_bomb(2_000), "webp")
    assert time.monotonic() - started_at < 20


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"t279": (4, 1, 2**32 - 1)},
        {"t273": (4, 1, 2**31)},
        {"t256": (4, 1, 2**31 - 1), "t257": (4, 1, 2**31 - 1)},
        {"t273": None, "t278": None, "t279": None, "t322": (4, 1, 1 << 24), "t323": (4, 1, 1 << 24),
         "t324": (4, 1, 200), "t325": (4, 1, 256)},
        {"t277": (3, 1, 65_535)},
        {"t258": (3, 2**31, 100)},
        {"t259": (3, 1, 7)},
    ],
    ids=["pages in a circle", "strip", "offset", "size", "tile", "samples", "count", "compression"],
)  # fmt: skip
def test_a_tiff_that_claims_too_much_is_refused_at_once(changes):
    started_at = time.monotonic()
    assert refusal_code(hostile.tiff(**changes)) in ("corrupt_image", "too_many_pixels")
    assert time.monotonic() - started_at < 5


def test_damage_is_either_refused_or_encoded_and_never_worse():
    codes = set()
    for seed in range(60):
        try:
            encode(pictures.mutated(seed), FORMATS[seed % 3])
        except CodecError as error:
            codes.add(error.code)
    assert "corrupt_image" in codes
    assert codes <= {"corrupt_image", "unsupported_format", "too_many_pixels", "too_complex"}
    assert encode(pictures.make_png()).width == 40


def test_a_mutation_is_the_same_for_the_same_seed():
    assert pictures.mutated(7) == pictures.mutated(7)
    assert len({pictures.mutated(seed) for seed in range(100)}) > 90


@pytest.mark.parametrize("kind", READ_KINDS)
def test_every_cut_of_a_file_is_refused_or_whole(kind: str):
    whole = a(kind)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        assert refusal_code(whole[: int(len(whole) * share)]) in ("corrupt_image", "unsupported_format"), share
