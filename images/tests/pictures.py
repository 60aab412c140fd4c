"""Pictures for the tests, and a way to look into results.

PNG files are written here by hand. Everything else needs libvips and happens in `images.tests.studio`.
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from images.tests.studio import ask

RED, BLUE = (255, 0, 0), (0, 0, 255)
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}

# 64 by 32 pixels, the left half red and the right half blue.
HEIC = bytes.fromhex(
    "0000001c6674797068656963000000006d696631686569636d6961660000017d6d657461000000000000002168646c7200000000"
    "00000000706963740000000000000000000000000000000022696c6f63000000004440000100010000000001a100010000000000"
    "0000250000002369696e6600000000000100000015696e6665020000000001000068766331000000000e7069746d000000000001"
    "000000fd69707270000000dd6970636f00000076687663430103700000009000000000001ef000fcfdf8f800000f036000010018"
    "40010c01ffff03700000030090000003000003001eba0240610001002a42010103700000030090000003000003001ea020810596"
    "eae4a6b9b8086830200000030320000003002162000100064401c173c08900000013636f6c726e636c780001000d000680000000"
    "146973706500000000000000400000004000000028636c6170000000400000000100000020000000010000000000000002ffffff"
    "e000000002000000107069786900000000030808080000001869706d61000000000000000100010581020305840000002d6d6461"
    "74000000212801af1980ef49a5bfffe2861ff9ad6bfebfb217fff2f1277e247a7fd6e4436d6f"
)
# The same, turned by its container (32 by 64, red on top), with EXIF that says so again and names an owner.
TURNED_HEIC = bytes.fromhex(
    "0000001c6674797068656963000000006d696631686569636d696166000001c86d657461000000000000002168646c7200000000"
    "00000000706963740000000000000000000000000000000034696c6f63000000004440000200010000000001ec00010000000000"
    "0000250002000000000211000100000000000000360000003869696e6600000000000200000015696e6665020000000001000068"
    "7663310000000015696e6665020000010002000045786966000000000e7069746d0000000000010000010769707270000000e669"
    "70636f00000076687663430103700000009000000000001ef000fcfdf8f800000f03600001001840010c01ffff03700000030090"
    "000003000003001eba0240610001002a42010103700000030090000003000003001ea020810596eae4a6b9b80868302000000303"
    "20000003002162000100064401c173c08900000013636f6c726e636c780001000d00068000000014697370650000000000000040"
    "0000004000000028636c6170000000400000000100000020000000010000000000000002ffffffe0000000020000001070697869"
    "00000000030808080000000969726f74030000001969706d6100000000000000010001068102030584860000001a697265660000"
    "00000000000e63647363000200010001000000636d646174000000212801af1980ef49a5bfffe2861ff9ad6bfebfb217fff2f127"
    "7e247a7fd6e4436d6f000000064578696600004d4d002a0000000800020112000300000001000600008298000200000006000000"
    "26000000004f776e657200"
)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_from_rows(width: int, height: int, rows: bytes, *, channels: int = 3, bits: int = 8) -> bytes:
    """A PNG with exactly these bytes as its (compressed) rows, right or wrong for the size that it claims."""
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def make_png(
    width: int = 40, height: int = 20, left: tuple[int, ...] = RED, right: tuple[int, ...] = BLUE
) -> bytes:
    """A PNG whose left half has one colour and whose right half another."""
    row = b"\x00" + bytes(left) * (width // 2) + bytes(right) * (width - width // 2)
    return png_from_rows(width, height, row * height, channels=len(left))


def make_noise_png(width: int, height: int) -> bytes:
    """A PNG that no encoder can predict, so that encoding it takes long and its size stays large."""
    source = random.Random(7)
    return png_from_rows(width, height, b"".join(b"\x00" + source.randbytes(width * 3) for _ in range(height)))


def gif_of(frames: int, width: int = 2, height: int = 2) -> bytes:
    """A GIF that claims this size and has this many frames, of two by two pixels each."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes((0, 0, 0, 255, 255, 255))
    frame = b"\x21\xf9\x04\x00\x05\x00\x00\x00\x2c\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x03\x44\x34\x05\x00"
    return screen + frame * frames + b"\x3b"


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The same JPEG with an EXIF block that says how a viewer must turn it (1 to 8)."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    body = b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@dataclass(frozen=True)
class Description:
    """What a decoder sees in a file: `pixels` are the colours at the points that were asked for.

    Of an animation the frames lie below one another. texts: the entries of its EXIF block.
    """

    loader: str
    width: int
    height: int
    bands: int
    format: str
    fields: list[str]
    pixels: list[list[float]]
    texts: dict[str, str]
    delays: list[int]
    loops: int
    orientation: int


def describe(data: bytes, *points: tuple[int, int]) -> Description:
    return Description(**ask("describe", data, list(points)))


def convert(png: bytes, kind: str) -> bytes:
    """Turn a PNG into another kind of file: one of the names in `conversions.convert`."""
    converted: bytes = ask("convert", png, kind)
    return converted


def with_fields(png: bytes, kind: str, **fields: bytes) -> bytes:
    """Write a PNG as a jpeg, png, webp or avif with blocks of metadata: exif, xmp, iptc."""
    written: bytes = ask("with_fields", png, kind, {f"{name}-data": block for name, block in fields.items()})
    return written


def largest_difference(a: bytes, b: bytes) -> float:
    """Return by how much the most different channel of two pictures differs, from 0 to 65535."""
    difference: float = ask("largest_difference", a, b)
    return difference


def encode_here(data: bytes, options: Any) -> Any:
    """Encode in the studio, where a watermark needs no way through the service."""
    return ask("encode", data, options)


@cache
def make_photo(width: int = 320, height: int = 200) -> bytes:
    """A PNG with soft gradients, a little grain and a few edges, as cameras see them."""
    source = random.Random(5)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            edge = 60 if (x // 40 + y // 40) % 3 == 0 else 0
            grain = source.randrange(12)
            rows += bytes((x * 150 // width + edge + grain, y * 150 // height + edge + grain, 90 + grain))
    return png_from_rows(width, height, bytes(rows))


def exif(orientation: int | None = None, *, artist: str = "", rights: str = "", latitude: bool = False) -> bytes:
    """An EXIF block, as cameras write it."""
    texts = [(0x013B, artist.encode() + b"\x00"), (0x8298, rights.encode() + b"\x00")]
    entries = [(0x0112, 3, 1, struct.pack(">HH", orientation, 0))] if orientation else []
    count = len(entries) + sum(len(text) > 1 for _, text in texts) + latitude
    after, blocks = 8 + 2 + 12 * count + 4, b""
    for tag, text in texts:
        if len(text) > 1:
            value = text.ljust(4, b"\x00") if len(text) <= 4 else struct.pack(">I", after + len(blocks))
            entries.append((tag, 2, len(text), value))
            blocks += text if len(text) > 4 else b""
    if latitude:
        entries.append((0x8825, 4, 1, struct.pack(">I", after + len(blocks))))
        degrees = struct.pack(">6I", 52, 1, 31, 1, 12, 1)
        place = after + len(blocks) + 2 + 24 + 4
        blocks += struct.pack(">H", 2) + struct.pack(">HHI4s", 1, 2, 2, b"N\x00\x00\x00")
        blocks += struct.pack(">HHII", 2, 5, 3, place) + struct.pack(">I", 0) + degrees
    written = b"".join(struct.pack(">HHI4s", *entry) for entry in sorted(entries))
    return b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, len(entries)) + written + struct.pack(">I", 0) + blocks


_KINDS = (
    "png",
    "jpeg",
    "webp",
    "gif",
    "animated-gif",
    "animated-webp",
    "avif",
    "heic",
    "tiff",
    "cmyk-jpeg",
    "animated-avif",
)


@cache
def _whole(kind: str) -> bytes:
    png = make_photo(48, 32)
    return {"png": png, "heic": HEIC}.get(kind) or convert(png, kind)


def mutated(seed: int) -> bytes:
    """A damaged file of one of eleven kinds; the same for the same seed, and every seed another one."""
    source = random.Random(seed)
    data = bytearray(_whole(_KINDS[seed % len(_KINDS)]))
    for _ in range(source.randint(1, 8)):
        at = source.randrange(len(data))
        # Half of the damage hits the first bytes, where the structure is.
        at = at % 64 if source.random() < 0.5 else at
        length = source.choice((1, 1, 2, 4, 16, 200))
        match source.randrange(6):
            case 0:
                data[at] ^= 1 << source.randrange(8)
            case 1:
                data[at : at + length] = source.randbytes(length)
            case 2:
                data[at : at + length] = source.choice((b"\x00", b"\xff", b"\x7f")) * length
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case 5:
                del data[max(at, 32) :]
    return bytes(data)
