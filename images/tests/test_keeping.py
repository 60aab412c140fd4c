"""What is given back of an input: never more bytes, the same pixels, and nothing that was not asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from images.codecs import Encoded, Format, Options
from images.tests import pictures
from images.workers import encode_isolated

pytestmark = pytest.mark.once

SECRETS = (b"Ann Author", b"52", b"PK\x03\x04", b"<script>")
GPS = pictures.exif(artist="Ann Author", latitude=True)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><script>Ann Author</script></x:xmpmeta>'
KINDS: dict[str, Format] = {"jpeg": "jpg", "png": "png", "webp": "webp", "avif": "avif"}


def encode(data: bytes, format: Format, **options) -> Encoded:  # noqa: A002
    return encode_isolated(data, Options(format, **options))


def poor(kind: str) -> bytes:
    """A picture so badly compressed that quality 100 must be larger; of a png, one that is packed well already."""
    if kind == "png":
        return encode(pictures.make_photo(), "png").data
    return pictures.convert(pictures.make_photo(), f"poor-{kind}")


@pytest.mark.parametrize(("kind", "format"), KINDS.items())
@pytest.mark.parametrize("metadata", ["none", "copyright", "all"])
def test_no_answer_in_the_input_s_own_format_is_larger(kind: str, format: Format, metadata):  # noqa: A002
    data = poor(kind)
    encoded = encode(data, format, quality=100, metadata=metadata)
    assert len(encoded.data) <= len(data)
    assert encode(data, "png" if kind == "png" else format, quality=100, keep_smallest=False).format == format


@pytest.mark.parametrize(("kind", "format"), KINDS.items())
def test_an_input_that_cannot_be_improved_comes_back_byte_for_byte(kind: str, format: Format):  # noqa: A002
    best = encode(poor(kind), format, quality=100).data
    again = encode(best, format, quality=100)
    assert again.already_optimal
    assert again.data == best
    assert (again.width, again.height) == (320, 200)


def test_a_jpeg_that_quality_cannot_make_smaller_is_packed_without_loss():
    data = poor("jpeg")
    packed = encode(data, "jpg", quality=100)
    assert len(packed.data) < 0.97 * len(data)
    assert not packed.already_optimal
    assert pictures.largest_difference(packed.data, data) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_given_back_has_no_metadata(kind: str):
    fields = {"exif": GPS, "xmp": XMP}
    tagged = pictures.with_fields(pictures.make_photo(), kind, **fields)
    assert b"Ann Author" in tagged
    encoded = encode(tagged, KINDS[kind], quality=100)
    seen = pictures.describe(encoded.data)
    assert len(encoded.data) <= len(tagged)
    assert not encoded.already_optimal
    assert b"Ann Author" not in encoded.data
    assert not {name for name in seen.texts if "GPS" in name or "Artist" in name}


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_what_was_appended_or_hidden_is_not_given_back(kind: str):
    archive = b"PK\x03\x04" + b"an archive" * 20 + b"PK\x05\x06" + bytes(18)
    plain = encode(poor(kind), KINDS[kind], quality=100).data
    encoded = encode(plain + archive, KINDS[kind], quality=100)
    assert b"an archive" not in encoded.data
    assert len(encoded.data) <= len(plain + archive)
    assert not encoded.already_optimal


def test_a_comment_in_a_jpeg_and_a_text_in_a_png_are_not_given_back():
    script = b"<script>alert(1)</script><?php system($_GET[0]); ?>"
    jpeg = encode(poor("jpeg"), "jpg", quality=100).data
    comment = b"\xff\xfe" + (len(script) + 2).to_bytes(2, "big") + script
    assert script not in encode(jpeg[:2] + comment + jpeg[2:], "jpg", quality=100).data
    png = poor("png")
    text = pictures.png_chunk(b"tEXt", b"Comment\x00" + script)
    assert script not in encode(png[:33] + text + png[33:], "png").data


def test_a_jpeg_that_lies_on_its_side_comes_back_upright_if_that_is_smaller():
    rich = pictures.with_orientation(pictures.convert(pictures.make_photo(), "jpeg"), 6)
    encoded = encode(rich, "jpg", quality=60)
    seen = pictures.describe(encoded.data)
    assert (seen.width, seen.height, seen.orientation) == (200, 320, 1)


def test_a_jpeg_that_lies_on_its_side_keeps_only_its_orientation_if_nothing_is_smaller():
    lying = pictures.with_orientation(poor("jpeg"), 6)
    encoded = encode(lying, "jpg", quality=100)
    seen = pictures.describe(encoded.data)
    assert (encoded.width, encoded.height) == (200, 320)
    assert (seen.width, seen.height, seen.orientation) == (320, 200, 6)
    assert set(seen.texts) <= {"exif-ifd0-Orientation"} | {
        name for name in seen.texts if "Resolution" in name or "ifd2" in name
    }


def test_a_profile_is_kept_only_where_colours_need_it():
    png = pictures.make_photo()
    foreign = encode(pictures.convert(png, "poor-p3-jpeg"), "jpg", quality=100)
    assert "icc-profile-data" in pictures.describe(foreign.data).fields
    plain = encode(pictures.convert(png, "srgb-jpeg"), "jpg", quality=100)
    assert "icc-profile-data" not in pictures.describe(plain.data).fields


def test_a_target_in_bytes_is_met_by_the_input_s_own_pixels_if_they_fit():
    data = poor("jpeg")
    encoded = encode(data, "jpg", target_bytes=len(data))
    assert encoded.meets_target
    assert len(encoded.data) <= len(data)


@pytest.mark.parametrize("kind", ["png", "palette", "grey", "deep", "clear"])
def test_a_png_becomes_smaller_and_keeps_every_pixel(kind: str):
    png = pictures.make_photo()
    made = {
        "png": lambda: png,
        "palette": lambda: pictures.convert(png, "palette-png"),
        "grey": lambda: pictures.make_png(64, 64, (40,), (200,)),
        "deep": lambda: pictures.png_from_rows(64, 64, (b"\x00" + bytes(range(192)) * 2) * 64, bits=16),
        "clear": lambda: pictures.make_png(64, 64, (9, 8, 7, 0), (1, 2, 3, 128)),
    }[kind]()
    encoded = encode(made, "png")
    assert len(encoded.data) <= len(made)
    assert encoded.quality == 100
    assert pictures.largest_difference(encoded.data, made) == 0
    assert pictures.describe(encoded.data).format == ("ushort" if kind == "deep" else "uchar")


@pytest.mark.parametrize("kind", ["png", "palette", "clear"])
def test_packing_a_png_anew_needs_no_more_bytes_than_encoding_it(kind: str):
    png = pictures.make_photo()
    made = {
        "png": lambda: png,
        "palette": lambda: pictures.convert(png, "palette-png"),
        "clear": lambda: pictures.make_png(64, 64, (9, 8, 7, 0), (1, 2, 3, 128)),
    }[kind]()
    assert len(encode(made, "png").data) <= len(encode(made, "png", keep_smallest=False).data)


def test_a_lossy_png_is_quantised():
    png = pictures.make_photo()
    options = Options("png", quality=60, lossy=True)
    encoded = encode_isolated(png, options)
    assert len(encoded.data) < 0.6 * len(encode_isolated(png, replace(options, lossy=False)).data)
    assert encoded.quality == 60
    assert encoded.data[25] == 3  # The colour type of a palette.
