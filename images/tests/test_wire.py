"""What a child says is believed only as far as it fits, and options arrive as they were sent."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, fields
from typing import Any, Literal

import pytest

from images import codecs, wire
from images.codecs import Encoded, Options
from images.wire import Frame

pytestmark = pytest.mark.once

SANE: dict[str, Any] = {"format": "webp", "already_optimal": False, "meets_target": True}
SANE |= {"width": 4, "height": 3, "quality": 82, "frames": 1}
# The fields that `Encoded` has.
HEADER = {field.name: SANE[field.name] for field in fields(Encoded) if field.name != "data"}


def carry(frame: Frame) -> Frame:
    """The frame as it arrives at the other end of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=frame.send, args=(ours,))
        sender.start()
        arrived = Frame.receive(theirs)
        sender.join()
    return arrived


def test_options_and_the_picture_arrive_as_they_were_sent():
    options = Options("png", quality=41, max_width=7, keep_smallest=False)
    frame = carry(wire.request_of(b"picture" * 100_000, options))
    assert wire.options_of(frame) == options
    assert frame.data == b"picture" * 100_000


@dataclass(frozen=True)
class Watermark:
    data: bytes
    scale: int
    position: Literal["TL", "BR"]


@dataclass(frozen=True)
class MarkedOptions:
    format: str
    candidates: tuple[str, ...] = ()
    watermark: Watermark | None = None


@pytest.mark.parametrize("watermark", [None, Watermark(b"\x89PNG\x00\xff", 20, "BR")])
def test_the_bytes_of_a_watermark_travel_beside_the_picture(
    watermark: Watermark | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(codecs, "Options", MarkedOptions)
    options: Any = MarkedOptions("original", candidates=("webp", "avif"), watermark=watermark)
    frame = carry(wire.request_of(b"picture", options))
    assert wire.options_of(frame) == options
    assert (frame.data, frame.attachment) == (b"picture", watermark.data if watermark else b"")


def test_an_answer_arrives_as_it_was_sent():
    encoded = Encoded(data=b"bytes", **HEADER)
    assert wire.encoded_of(carry(wire.answer_of(encoded))) == encoded


@pytest.mark.parametrize(
    "error", [codecs.CorruptImageError(), codecs.TooManyPixelsError("A sentence of its own.")]
)
def test_a_refusal_arrives_with_its_class_and_sentence(error: codecs.CodecError):
    with pytest.raises(type(error)) as caught:
        wire.encoded_of(carry(wire.refusal_of(error)))
    assert caught.value.sentence == error.sentence


def test_every_refusal_of_the_codecs_can_be_told():
    refusals = {
        kind for kind in vars(codecs).values() if isinstance(kind, type) and issubclass(kind, codecs.CodecError)
    }
    assert {kind.code for kind in refusals - {codecs.CodecError}} == set(wire._REFUSALS)


@pytest.mark.parametrize("sentence", [None, 7, "x" * 201])
def test_a_sentence_of_any_other_kind_is_replaced_by_our_own(sentence: object):
    with pytest.raises(codecs.CorruptImageError) as caught:
        wire.encoded_of(Frame({"error": "corrupt_image", "sentence": sentence}))
    assert caught.value.sentence == codecs.CorruptImageError.default_sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"width": "4"},
        {"width": 0},
        {"width": True},
        {"height": 4.0},
        {"height": 10_000_001},
        {"already_optimal": "yes"},
        {"already_optimal": 1},
        {"format": "exe"},
        {"format": ["webp"]},
        {"more": 1},
        {"data": "bytes"},
        {"error": "no_such_code"},
        {"error": []},
        {"fault": "ValueError in a function"},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(changes: dict[str, object]):
    assert wire.encoded_of(Frame(HEADER, b"x")).width == 4
    with pytest.raises(ValueError, match=r"answer|refusal|in a function"):
        wire.encoded_of(Frame(HEADER | changes, b"x"))


def test_an_answer_without_a_field_is_refused():
    with pytest.raises(ValueError, match="answer"):
        wire.encoded_of(Frame({name: value for name, value in HEADER.items() if name != "width"}, b"x"))


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("!III", 16_385, 0, 0),
        struct.pack("!III", 2, wire.MAX_DATA_BYTES + 1, 0),
        struct.pack("!III", 2, 0, 2**32 - 1),
        struct.pack("!III", 2, 0, 0) + b"[]",
        struct.pack("!III", 2, 0, 0) + b"{x",
        struct.pack("!III", 2, 0, 0) + b"\xff\xfe",
    ],
)
def test_a_frame_that_makes_no_sense_is_refused_without_reading_on(sent: bytes):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(sent)
        with pytest.raises(ValueError):  # noqa: PT011 - json has sentences of its own
            Frame.receive(theirs)


@pytest.mark.parametrize("sent", [b"", b"\0\0", struct.pack("!III", 2, 9, 0) + b"{}short"])
def test_a_frame_that_ends_early_is_noticed(sent: bytes):
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(sent)
        with pytest.raises(EOFError):
            Frame.receive(theirs)


def test_a_picture_that_is_longer_than_any_is_not_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ValueError, match="longer"):
        Frame({}, bytes(wire.MAX_DATA_BYTES + 1)).send(ours)
