"""Pictures for the tests, and a way to look into results.

PNG files are written here by hand. Everything else that needs libvips runs in a process of its own (this very
file, started as a script), because the processes under test must never have used it.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RED, BLUE = (255, 0, 0), (0, 0, 255)
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}

# One grey 64x64 AVIF whose boxes say HEVC instead of AV1: well-formed, and its pixels need an HEVC decoder.
HEIC = bytes.fromhex(
    "0000001c6674797068656963000000006d696631686569636d696166000000e96d657461000000000000002168646c720000"
    "000000000000706963740000000000000000000000000000000022696c6f630000000044400001000100000000010d000100"
    "000000000000250000002369696e6600000000000100000015696e6665020000000001000068766331000000000e7069746d"
    "00000000000100000069697072700000004b6970636f0000001f687663430101600000009000000000001ef000fcfdf8f800"
    "000f000000001469737065000000000000004000000040000000107069786900000000030808080000001669706d61000000"
    "00000000010001038102030000002d6d64617412000a0918157ffda2021a0d0832161947878621879e79e6824000cfcc4522"
    "be0388d285fc"
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


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The same JPEG with an EXIF block that says how a viewer must turn it (1 to 8)."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    body = b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@dataclass(frozen=True)
class Description:
    """What a decoder sees in a file: `pixels` are the colours at the points that were asked for."""

    loader: str
    width: int
    height: int
    bands: int
    format: str
    fields: list[str]
    pixels: list[list[float]]


def describe(data: bytes, *points: tuple[int, int]) -> Description:
    return Description(**json.loads(_in_own_process("describe", data, *(f"{x},{y}" for x, y in points))))


def convert(png: bytes, kind: str) -> bytes:
    """Turn a PNG into another kind of file: one of the names in `_KINDS`."""
    return _in_own_process(kind, png)


def _in_own_process(*command: str | bytes) -> bytes:
    verb, data, *rest = command
    arguments = [sys.executable, str(Path(__file__)), str(verb), *map(str, rest)]
    return subprocess.run(arguments, input=data, stdout=subprocess.PIPE, check=True).stdout


def _convert(image: Any, kind: str) -> bytes:
    match kind:
        case "gif":
            return bytes(image.gifsave_buffer())
        case "animation":
            frames = image.bandjoin(255) if not image.hasalpha() else image
            return bytes(frames.join(frames.invert(), "vertical").gifsave_buffer(page_height=image.height))
        case "tiff":
            return bytes(image.tiffsave_buffer())
        case "lab-tiff":
            return bytes(image.colourspace("lab").tiffsave_buffer())
        case "jpeg" | "webp":
            return bytes(image.write_to_buffer(f".{kind}[Q=100]"))
        case "avif":
            return bytes(image.heifsave_buffer(compression="av1", Q=90, effort=0))
        case "p3-jpeg":
            return bytes(image.icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=100))
        case "cmyk-jpeg":
            return bytes(image.icc_transform("cmyk", input_profile="srgb").jpegsave_buffer(Q=100))
        case "bare-cmyk-jpeg":
            cmyk = image.icc_transform("cmyk", input_profile="srgb")
            return bytes(cmyk.jpegsave_buffer(Q=100, keep="none"))
    raise ValueError(kind)


def _main(verb: str, *points: str) -> None:
    import pyvips

    image = pyvips.Image.new_from_buffer(sys.stdin.buffer.read(), "")
    if verb != "describe":
        sys.stdout.buffer.write(_convert(image, verb))
        return
    places = [point.split(",") for point in points]
    described = {
        "loader": image.get("vips-loader"),
        "width": image.width,
        "height": image.height,
        "bands": image.bands,
        "format": image.format,
        "fields": image.get_fields(),
        "pixels": [image.getpoint(int(x), int(y)) for x, y in places],
    }
    sys.stdout.write(json.dumps(described))


if __name__ == "__main__":
    _main(*sys.argv[1:])
