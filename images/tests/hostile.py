"""Files that want to hurt whoever decodes them. Every one is made here, from its kind, never from a corpus."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache

from images.tests import pictures

SCRIPT = b"<script>alert(document.domain)</script><?php system($_GET['c']); ?>"
ARCHIVED = b"the archive's own text"


def archive() -> bytes:
    """A ZIP that stays readable behind any other file, since it is found from its end."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("payload.txt", ARCHIVED)
    return written.getvalue()


def png_with(*chunks: tuple[bytes, bytes], width: int = 40, height: int = 20) -> bytes:
    """A good PNG with these chunks right behind its header."""
    png = pictures.make_png(width, height)
    return png[:33] + b"".join(pictures.png_chunk(*chunk) for chunk in chunks) + png[33:]


@cache
def text_bomb(megabytes: int) -> bytes:
    """A PNG whose compressed text and profile unpack to so much."""
    packed = zlib.compress(bytes(megabytes << 20), 9)
    return png_with((b"iCCP", b"profile\x00\x00" + packed), *[(b"zTXt", b"Comment\x00\x00" + packed)] * 3)


def pixel_bomb(width: int, height: int) -> bytes:
    """A complete PNG of one colour: small as a file, huge when decoded."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(pictures.png_chunk(*chunk) for chunk in chunks)


def jpeg_with_comment(text: bytes = SCRIPT) -> bytes:
    jpeg = pictures.convert(pictures.make_png(), "jpeg")
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + jpeg[2:]


def jpeg_of_segments(count: int) -> bytes:
    """A JPEG that hides behind so many full application segments."""
    jpeg = pictures.convert(pictures.make_png(), "jpeg")
    return jpeg[:2] + (b"\xff\xef\xff\xff" + bytes(65_533)) * count + jpeg[2:]


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again; each costs a pass over the picture."""
    jpeg = pictures.convert(pictures.make_noise_png(200, 200), "progressive-jpeg")
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:start] + jpeg[start:-2] * scans + b"\xff\xd9"


def tiff(**changes: tuple[int, int, int] | None) -> bytes:
    """A grey TIFF of 16 by 16. changes: (type, count, value) for a tag, named as t279, or None to leave it out."""
    entries: dict[int, tuple[int, int, int] | None] = {
        **{tag: (4, 1, value) for tag, value in ((256, 16), (257, 16), (273, 200), (278, 16), (279, 256))},
        **{tag: (3, 1, value) for tag, value in ((258, 8), (259, 1), (262, 1), (277, 1))},
        **{int(name[1:]): entry for name, entry in changes.items()},
    }
    kept = sorted((tag, *entry) for tag, entry in entries.items() if entry)
    directory = struct.pack("<H", len(kept)) + b"".join(struct.pack("<HHII", *entry) for entry in kept)
    # The next directory is this one again: whoever counts the pages never ends.
    return (b"II*\x00\x08\x00\x00\x00" + directory + struct.pack("<I", 8)).ljust(200, b"\x00") + bytes(256)


def svg_bomb() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">'
        b'<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text>&x;&b;</text></svg>'
    )
