"""QR codes: error correction M, and at least the four modules of quiet zone that ISO/IEC 18004 asks for."""

import io
import struct
import zlib

import segno

MIN_SIZE = 64
MAX_SIZE = 2048
DEFAULT_SIZE = 256
QUIET_ZONE = 4


def svg(text: str, *, size: int, title: str) -> bytes:
    """Return the code as SVG. size: of each side in pixels. title: what screen readers say."""
    out = io.BytesIO()
    _code(text).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        title=title,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        xmldecl=False,
    )
    # segno would scale the modules and round them; a view box leaves that to whoever draws.
    return out.getvalue().replace(b"<svg ", b'<svg role="img" width="%d" height="%d" ' % (size, size), 1)


def png(text: str, *, size: int) -> bytes:
    """Return the code as PNG in black and white, its modules as large as whole pixels allow.

    size: of each side in pixels; what the modules leave over widens the quiet zone. A text so long that its
    modules do not fit makes the picture larger.
    """
    code = _code(text)
    modules = len(code.matrix) + 2 * QUIET_ZONE
    side = max(size, modules)
    scale = side // modules
    before = (side - modules * scale) // 2
    after = side - modules * scale - before
    blank = _line("1" * side)
    lines = [blank] * before
    for row in code.matrix_iter(border=QUIET_ZONE):
        pixels = "".join(("0" if module else "1") * scale for module in row)
        lines += [_line("1" * before + pixels + "1" * after)] * scale
    lines += [blank] * after
    # 1 bit for each pixel, greyscale, not interlaced.
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m", boost_error=False)


def _line(pixels: str) -> bytes:
    """Return a line of pixels as PNG has it: a byte for "no filter", then eight pixels to a byte."""
    width = -(-len(pixels) // 8)
    return b"\0" + int(pixels.ljust(width * 8, "0"), 2).to_bytes(width)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
