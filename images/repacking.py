"""The same pixels in fewer bytes: files packed anew without loss, and rid of what nobody asked to keep.

Containers are taken apart here, byte by byte, and only what is named stays: comments, thumbnails, appended
archives and unknown parts do not.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from images.loaders import SourceType
from images.options import Effort

MAX_OPTIMISED_PIXELS = 40_000_000
"""The largest PNG that is packed anew. The optimiser holds several copies of it, and when it gets no memory for
another it ends the process."""

# The largest PNG for which more than the usual filters are tried.
_BRUTE_FORCE_PIXELS: dict[Effort, int] = {"sync": 4_000_000, "async": 8_000_000}

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EXIF_HEAD = b"Exif\x00\x00"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"
_PNG_XMP_HEAD = b"XML:com.adobe.xmp\x00"
_PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_WEBP_PIXELS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
_WEBP_FLAGS = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}
_AVIF_BOXES = (b"ftyp", b"meta", b"mdat", b"moov", b"free")
# Where the entropy-coded part of a JPEG ends: at a marker that is neither a stuffed zero nor a restart.
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


@dataclass(frozen=True)
class Parts:
    """What stays of a file besides its pixels.

    keeps_all: its own EXIF, XMP and IPTC stay where they are. exif, xmp: otherwise, what stands in their place;
    empty for nothing. has_profile: whether the colour profile stays. old_exif, old_xmp: the file's own; only an
    AVIF needs to be told, where they cannot be cut out.
    """

    keeps_all: bool = False
    exif: bytes = b""
    xmp: bytes = b""
    has_profile: bool = False
    old_exif: bytes = b""
    old_xmp: bytes = b""


def repacked(data: bytes, source: SourceType, parts: Parts, pixels: int, effort: Effort = "sync") -> bytes | None:
    """Return a file with the same pixels and only these parts, in as few bytes as can be had without loss.

    When nothing can be left out or packed better, that is `data` itself. None when the file's structure leaves
    doubt about what is in it.
    """
    try:
        bare = _BARE[source](data, parts)
    except (ValueError, IndexError, struct.error):
        return None
    if source == "png":
        return min(bare, optimised_png(bare, pixels, effort=effort), key=len)
    return min(bare, optimised_jpeg(bare), key=len) if source == "jpeg" else bare


def optimised_png(data: bytes, pixels: int, *, effort: Effort = "sync", keep_depth: bool = False) -> bytes:
    """Pack a PNG anew without loss, its other chunks as they are; `keep_depth` keeps 16 bits a channel.

    It takes 0.7 s a megapixel (as a job 0.9), above 4 megapixels (8) 0.5, above 16 megapixels 0.25. Of more than
    `MAX_OPTIMISED_PIXELS` the data is returned as it is.
    """
    if pixels > MAX_OPTIMISED_PIXELS:
        return data
    import oxipng

    try:
        return oxipng.optimize_from_memory(
            data,
            **_png_effort(pixels, effort),
            interlace=oxipng.Interlacing.Off,
            bit_depth_reduction=not keep_depth,
            # The dots per inch, which libvips always writes.
            strip=oxipng.StripChunks.strip([b"pHYs"]),
        )
    except oxipng.PngError:
        return data


def _png_effort(pixels: int, effort: Effort) -> dict[str, Any]:
    import oxipng

    if pixels > 16_000_000:
        return {"level": 1}
    if pixels > _BRUTE_FORCE_PIXELS[effort]:
        return {"level": 2}
    # Filters tried out on each row win most on photographs, "BigEnt" on some others: together they win as much as
    # level 4, for half its time. One more level of deflate wins a thousandth more for a quarter of the time.
    filters = [oxipng.RowFilter.BigEnt, oxipng.RowFilter.Brute]
    return {
        "level": 2,
        "filter": filters,
        "deflate": oxipng.Deflaters.libdeflater(12 if effort == "async" else 11),
    }


def optimised_jpeg(data: bytes) -> bytes:
    """Pack a JPEG anew without loss, in progressive scans; what cannot be packed is returned as it is."""
    from mozjpeg_lossless_optimization import COPY_MARKERS, optimize

    try:
        return bytes(optimize(data, copy=COPY_MARKERS.ALL))
    except ValueError:
        return data


def _bare_jpeg(data: bytes, parts: Parts) -> bytes:
    kept = [data[:2]]
    if parts.exif:
        kept.append(_segment(0xE1, parts.exif))
    if parts.xmp:
        kept.append(_segment(0xE1, _XMP_HEAD + parts.xmp))
    for marker, whole in jpeg_segments(data):
        body = whole[4:]
        if marker == 0xE0 and body.startswith(b"JFIF\x00"):
            # The two last numbers are the size of a thumbnail, which would follow.
            kept.append(_segment(marker, body[:12] + b"\x00\x00"))
        elif marker == 0xEE and body.startswith(b"Adobe"):
            kept.append(_segment(marker, body[:12]))
        elif _stays(marker, body, parts):
            kept.append(whole)
    return b"".join(kept)


def _stays(marker: int, body: bytes, parts: Parts) -> bool:
    if marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00"):
        return parts.has_profile
    if (marker == 0xE1 and body.startswith((_EXIF_HEAD, _XMP_HEAD))) or marker == 0xED:
        return parts.keeps_all
    # What is left are the tables and the pixels, other applications' parts, and comments.
    return not 0xE0 <= marker <= 0xEF and marker != 0xFE


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield every marker and its bytes after the first, a scan with its pixels, up to the end of the picture."""
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("there is no marker where one must be")
        marker = data[position + 1]
        if marker == 0xD9:
            yield marker, data[position : position + 2]
            return
        if marker != 0xFF:
            end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
            if marker == 0xDA:
                found = _NEXT_MARKER.search(data, end)
                if found is None:
                    raise ValueError("the picture has no end")
                end = found.start()
            yield marker, data[position:end]
            position = end
        else:
            position += 1  # Any number of these may stand before a marker.


def _bare_png(data: bytes, parts: Parts) -> bytes:
    kept = [_SIGNATURE]
    position, name = len(_SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        whole = data[position : position + length + 12]
        position += length + 12
        is_metadata = name == b"eXIf" or (name == b"iTXt" and whole[8:].startswith(_PNG_XMP_HEAD))
        if name in _PNG_PIXELS or (parts.has_profile and name == b"iCCP") or (parts.keeps_all and is_metadata):
            kept.append(whole)
        if name == b"IHDR":
            if parts.exif:
                kept.append(_chunk(b"eXIf", parts.exif.removeprefix(_EXIF_HEAD)))
            if parts.xmp:
                kept.append(_chunk(b"iTXt", _PNG_XMP_HEAD + b"\x00\x00\x00\x00" + parts.xmp))
    return b"".join(kept)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _bare_webp(data: bytes, parts: Parts) -> bytes:
    chunks: dict[bytes, list[bytes]] = {}
    position, end = 12, 8 + int.from_bytes(data[4:8], "little")
    while position < end:
        name, length = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
        is_metadata = parts.keeps_all and name in (b"EXIF", b"XMP ")
        if name in _WEBP_PIXELS or (parts.has_profile and name == b"ICCP") or is_metadata:
            chunks.setdefault(name, []).append(body)
    if parts.exif:
        chunks[b"EXIF"] = [parts.exif.removeprefix(_EXIF_HEAD)]
    if parts.xmp:
        chunks[b"XMP "] = [parts.xmp]
    if b"VP8X" in chunks:
        head = bytearray(chunks[b"VP8X"][0])
        head[0] &= ~sum(_WEBP_FLAGS.values())
        head[0] |= sum(flag for name, flag in _WEBP_FLAGS.items() if name in chunks)
        chunks[b"VP8X"] = [bytes(head)]
    order = (b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L", b"EXIF", b"XMP ")
    written = b"".join(
        struct.pack("<4sI", name, len(body)) + body + b"\x00" * (len(body) % 2)
        for name in order
        for body in chunks.get(name, [])
    )
    return b"RIFF" + struct.pack("<I", len(written) + 4) + b"WEBP" + written


def _bare_avif(data: bytes, parts: Parts) -> bytes:
    """Blank what must not stay, where it stands: every other part is found by its distance from the start."""
    position, names = 0, set()
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        if name not in _AVIF_BOXES or length < 8 or position + length > len(data):
            break
        if name == b"free":
            data = data[: position + 8] + bytes(length - 8) + data[position + length :]
        names.add(name)
        position += length
    if not names >= {b"ftyp", b"meta", b"mdat"}:
        raise ValueError("this is not the plain box structure that can be looked through")
    data = data[:position]
    if parts.keeps_all:
        return data
    replacements = ((parts.old_exif, parts.exif, b"\x00"), (parts.old_xmp, parts.xmp, b" "))
    for old, new, filler in replacements:
        block, replacement = old.removeprefix(_EXIF_HEAD), new.removeprefix(_EXIF_HEAD)
        if block:
            if data.count(block) != 1 or len(replacement) > len(block):
                raise ValueError("the metadata cannot be replaced in place")
            data = data.replace(block, replacement.ljust(len(block), filler))
    return data


_BARE = {"jpeg": _bare_jpeg, "png": _bare_png, "webp": _bare_webp, "avif": _bare_avif}
