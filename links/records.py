"""One click as bytes, and back. Plain Python.

A record is a frame of 8 bytes (mark, length of what follows, CRC-32 of what follows), a head of 16 (the link's
row, Unix seconds) and a tail that a visitor's next click has too: visitor, network, referrer, user agent.
"""

import struct
import zlib
from dataclasses import dataclass

MARK = 0x1CFC
MAX_REFERRER, MAX_AGENT = 255, 512
VISITOR_BYTES = 8
_FRAME = struct.Struct("<HHI")
_HEAD = struct.Struct("<qd")
_TAIL = struct.Struct("<8sBBBH")
_MARK = MARK.to_bytes(2, "little")
MIN_LENGTH = _HEAD.size + _TAIL.size
MAX_LENGTH = MIN_LENGTH + 64 + MAX_REFERRER + MAX_AGENT
MAX_RECORD = _FRAME.size + MAX_LENGTH


# The part of a record that depends on the visitor alone: its bytes, the length of head and tail, its CRC-32.
Tail = tuple[bytes, int, int]


@dataclass(frozen=True, slots=True)
class Record:
    """One click as it was written. visitor: 16 hexadecimal digits or "". agent: at most 512 characters."""

    link_id: int
    clicked_at: float
    visitor: str
    network: str
    referrer: str
    agent: str


def make_tail(*, visitor: bytes, network: str, referrer: str, agent: str) -> Tail:
    """Return a tail. visitor: 8 bytes, all zero for none. Texts are cut to 64, 255 and 512 bytes."""
    net = network.encode("ascii", "replace")[:64]
    host = referrer.encode("utf-8", "replace")[:MAX_REFERRER]
    # A header reaches WSGI as Latin-1, one character a byte; more than that cannot come from one.
    browser = agent.encode("latin-1", "replace")[:MAX_AGENT]
    content = _TAIL.pack(visitor, visitor != bytes(VISITOR_BYTES), len(net), len(host), len(browser))
    content += net + host + browser
    return content, _HEAD.size + len(content), zlib.crc32(content)


# Bound to names of this module, since `pack` runs between a visitor and the answer.
_pack_frame, _pack_head, _crc = _FRAME.pack, _HEAD.pack, zlib.crc32


def pack(link_id: int, clicked_at: float, tail: Tail) -> bytes:
    """Return the record of one click. clicked_at: Unix seconds."""
    content, length, crc = tail
    head = _pack_head(link_id, clicked_at)
    return _pack_frame(MARK, length, _crc(head, crc)) + head + content


@dataclass(slots=True)
class Reading:
    """What was read. end: bytes consumed. damaged: records that were skipped."""

    records: list[Record]
    end: int
    damaged: int


def unpack(data: bytes, start: int = 0, *, is_final: bool, limit: int = 1_000_000) -> Reading:
    """Read records from `start`, at most `limit`, up to the first that is not there yet.

    is_final: nobody writes any more, and nobody did when `data` was read. Only then is a record that is not
    whole damaged: it is skipped and counted. Otherwise it may be on its way, even where whole ones follow it,
    since a reader copies page by page while the writer goes on; reading stops before it.
    """
    reading = Reading([], start, 0)
    while len(reading.records) < limit:
        end = _whole(data, reading.end)
        if end:
            reading.records.append(_record(data, reading.end))
            reading.end = end
            continue
        if not is_final or not data[reading.end :].strip(b"\0"):
            break
        reading.damaged += 1
        reading.end = _next_whole(data, reading.end)
    return reading


def _whole(data: bytes, start: int) -> int:
    """Return where the record at `start` ends when it is whole, else 0."""
    body = start + _FRAME.size
    if body + MIN_LENGTH > len(data):
        return 0
    mark, length, crc = _FRAME.unpack_from(data, start)
    end: int = body + length
    if mark != MARK or not MIN_LENGTH <= length <= MAX_LENGTH or end > len(data):
        return 0
    content = memoryview(data)[body:end]
    head, tail = content[: _HEAD.size], content[_HEAD.size :]
    return end if zlib.crc32(head, zlib.crc32(tail)) == crc else 0


def _next_whole(data: bytes, start: int) -> int:
    """Return where the next whole record after a damaged one begins, or the end of the data."""
    found = data.find(_MARK, start + 1)
    while found != -1 and not _whole(data, found):
        found = data.find(_MARK, found + 1)
    return len(data) if found == -1 else found


def _record(data: bytes, start: int) -> Record:
    at = start + _FRAME.size
    link_id, clicked_at = _HEAD.unpack_from(data, at)
    at += _HEAD.size
    visitor, is_known, net, host, browser = _TAIL.unpack_from(data, at)
    at += _TAIL.size
    return Record(
        link_id=link_id,
        clicked_at=clicked_at,
        visitor=visitor.hex() if is_known else "",
        network=data[at : at + net].decode("ascii"),
        referrer=data[at + net : at + net + host].decode("utf-8", "ignore"),
        agent=data[at + net + host : at + net + host + browser].decode("latin-1"),
    )
