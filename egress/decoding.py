"""Unpacking bodies piece by piece, so that a small one cannot become a large one unseen.

Only gzip and deflate are asked for and understood: the standard library unpacks both up to a given length. A
server that packs otherwise, or twice, was not asked to.
"""

import zlib
from collections.abc import Iterable

from egress.errors import BadAnswer, TooLarge

ACCEPTED_ENCODINGS = "gzip, deflate"
_ZLIB = zlib.MAX_WBITS
_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_DEFLATE_METHOD = 8  # the low half of the first byte, where deflate comes inside zlib as RFC 9110 wants it


def unpacked(pieces: Iterable[bytes], content_encoding: str, max_bytes: int) -> bytes:
    """Return a body without its content encoding; never more than `max_bytes` and a piece are held.

    content_encoding: the header's value, "" when there is none. Raises TooLarge, and BadAnswer for encodings other
    than one of gzip and deflate, for data that is damaged or incomplete, and for anything after its end.
    """
    codings = [name for name in (part.strip().lower() for part in content_encoding.split(",")) if name]
    codings = [name for name in codings if name != "identity"]
    if not codings:
        return _joined(pieces, max_bytes)
    if len(codings) > 1 or codings[0] not in {"gzip", "x-gzip", "deflate"}:
        raise BadAnswer
    return _inflated(pieces, max_bytes, is_gzip=codings[0] != "deflate")


def _joined(pieces: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise TooLarge
    return bytes(body)


def _inflated(pieces: Iterable[bytes], max_bytes: int, *, is_gzip: bool) -> bytes:
    body = bytearray()
    inflater = None
    for piece in pieces:
        if inflater is None:
            inflater = zlib.decompressobj(_GZIP if is_gzip else _window_of(piece))
        try:
            # One byte more than allowed tells that there is more.
            body += inflater.decompress(piece, max_bytes - len(body) + 1)
        except zlib.error:
            raise BadAnswer from None
        if len(body) > max_bytes:
            raise TooLarge
        if inflater.unused_data:
            raise BadAnswer
    # An answer without a body (HEAD, 304) may name the encoding that the body would have had.
    if inflater is not None and not inflater.eof:
        raise BadAnswer
    return bytes(body)


def _window_of(piece: bytes) -> int:
    """Return what to expect of deflate: some servers leave the frame out, as old browsers wanted it."""
    return _ZLIB if piece[0] & 0x0F == _DEFLATE_METHOD else _RAW
