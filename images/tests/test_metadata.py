"""How much a picture goes on saying about itself."""

from __future__ import annotations

import pytest

from images.codecs import Encoded, Format, Options
from images.tests import pictures
from images.workers import encode_isolated

pytestmark = pytest.mark.once

FORMATS: list[Format] = ["webp", "avif", "jpg", "png"]
EXIF = pictures.exif(1, artist="Ann (Author)", rights="\N{COPYRIGHT SIGN} Owner", latitude=True)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:s="urn:s"><rdf:Description s:Place="52.52"><dc:creator>'
    b"<rdf:Seq><rdf:li>Xaver &amp; Co</rdf:li></rdf:Seq></dc:creator><dc:rights><rdf:Alt>"
    b'<rdf:li xml:lang="x-default">Rights of X</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF>'
    b"</x:xmpmeta>"
)
RECORDS = b"\x1c\x02\x50\x00\x04Ivan\x1c\x02\x5a\x00\x06Berlin\x1c\x02\x74\x00\x07I owner"
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(RECORDS).to_bytes(4, "big") + RECORDS


def encode(data: bytes, format: Format, metadata, **options) -> Encoded:  # noqa: A002
    return encode_isolated(data, Options(format, metadata=metadata, keep_smallest=False, **options))


def tagged(**blocks: bytes) -> bytes:
    return pictures.with_fields(pictures.make_photo(), "jpeg", **blocks)


@pytest.mark.parametrize("format", FORMATS)
def test_none_keeps_nothing(format: Format):  # noqa: A002
    data = encode(tagged(exif=EXIF, xmp=XMP, iptc=IPTC), format, "none").data
    assert not {"exif-data", "xmp-data", "iptc-data", "icc-profile-data"} & set(pictures.describe(data).fields)
    assert b"Author" not in data


@pytest.mark.parametrize("format", FORMATS)
def test_copyright_keeps_the_two_names_and_no_place(format: Format):  # noqa: A002
    data = encode(tagged(exif=EXIF, xmp=XMP, iptc=IPTC), format, "copyright").data
    seen = pictures.describe(data)
    assert seen.texts["exif-ifd0-Artist"].startswith("Ann (Author)")
    assert "Owner" in seen.texts["exif-ifd0-Copyright"]
    assert "\N{COPYRIGHT SIGN} Owner".encode() in data
    assert not [name for name in seen.texts if "GPS" in name]
    assert "iptc-data" not in seen.fields
    assert b"52.52" not in data


@pytest.mark.parametrize("format", FORMATS)
def test_all_keeps_everything_and_says_upright(format: Format):  # noqa: A002
    exif = pictures.exif(6, artist="Ann (Author)", latitude=True)
    data = encode(tagged(exif=exif, xmp=XMP), format, "all").data
    seen = pictures.describe(data)
    assert {"exif-data", "xmp-data"} <= set(seen.fields)
    assert seen.texts["exif-ifd0-Artist"].startswith("Ann (Author)")
    assert [name for name in seen.texts if "GPS" in name]
    assert seen.orientation == 1


def test_all_turns_the_pixels_and_resets_the_orientation():
    jpeg = pictures.convert(pictures.make_png(), "jpeg")
    lying = pictures.with_orientation(jpeg, 6)
    seen = pictures.describe(encode(lying, "jpg", "all").data)
    assert (seen.width, seen.height, seen.orientation) == (20, 40, 1)


@pytest.mark.parametrize(("blocks", "artist", "rights"), [
    ({"xmp": XMP}, "Xaver & Co", "Rights of X"),
    ({"iptc": IPTC}, "Ivan", "I owner"),
    ({"exif": pictures.exif(artist="E"), "iptc": IPTC}, "E", "I owner"),
])  # fmt: skip
def test_the_names_are_found_in_xmp_and_iptc_too(blocks, artist: str, rights: str):
    seen = pictures.describe(encode(tagged(**blocks), "webp", "copyright").data)
    assert seen.texts["exif-ifd0-Artist"].startswith(artist)
    assert seen.texts["exif-ifd0-Copyright"].startswith(rights)


def test_copyright_adds_nothing_to_a_picture_without_names():
    bare = encode(pictures.make_photo(), "webp", "none").data
    assert encode(pictures.make_photo(), "webp", "copyright").data == bare
    assert encode(tagged(exif=pictures.exif(latitude=True)), "jpg", "copyright").data.count(b"Exif") == 0


def test_all_keeps_the_profile_with_the_pixels_it_belongs_to():
    wide = pictures.convert(pictures.make_png(left=(180, 80, 70), right=(70, 100, 140)), "p3-png")
    data = encode(wide, "png", "all").data
    assert "icc-profile-data" in pictures.describe(data).fields
    assert pictures.largest_difference(data, wide) == 0


def test_all_never_keeps_the_profile_of_printing_inks():
    inked = pictures.convert(pictures.make_photo(), "cmyk-jpeg")
    seen = pictures.describe(encode(inked, "jpg", "all").data)
    assert seen.bands == 3


def test_a_heic_keeps_its_names_and_is_not_turned_twice():
    encoded = encode(pictures.TURNED_HEIC, "jpg", "copyright")
    seen = pictures.describe(encoded.data)
    assert (seen.width, seen.height, seen.orientation) == (32, 64, 1)
    assert seen.texts["exif-ifd0-Copyright"].startswith("Owner")


@pytest.mark.parametrize("broken", [b"Exif\x00\x00MM\x00*" + b"\xff" * 60, b"Exif\x00\x00", b"\x00" * 30])
def test_broken_exif_is_no_reason_to_refuse_a_picture(broken: bytes):
    jpeg = pictures.convert(pictures.make_photo(), "poor-jpeg")
    broken_jpeg = jpeg[:2] + b"\xff\xe1" + (len(broken) + 2).to_bytes(2, "big") + broken + jpeg[2:]
    for policy in ("none", "copyright", "all"):
        assert encode(broken_jpeg, "webp", policy).width == 320


def test_what_is_given_back_keeps_the_names_that_were_asked_for():
    poor = pictures.convert(pictures.make_photo(), "poor-jpeg")
    exif = pictures.exif(artist="Ann (Author)", rights="Owner", latitude=True)
    data = poor[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + poor[2:]
    seen = pictures.describe(encode_isolated(data, Options("jpg", quality=100, metadata="copyright")).data)
    assert seen.texts["exif-ifd0-Copyright"].startswith("Owner")
    assert not [name for name in seen.texts if "GPS" in name]
    everything = encode_isolated(data, Options("jpg", quality=100, metadata="all"))
    assert [name for name in pictures.describe(everything.data).texts if "GPS" in name]
