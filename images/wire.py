"""What clients, the encoder service and its children say to each other, and how little of it is believed.

A connection to the service begins with a greeting. The service answers one byte; when a picture's turn comes a
child takes the connection over, says so with STARTED, and then one frame goes each way: lengths, a JSON header,
the picture, and an attachment (a watermark). A picture may have taken its child over, so whatever a child says
has a bounded length and must fit `Encoded` exactly.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from images import codecs

READY = b"R"
"""To a client that only wants to be counted: the service runs, and its children have no network."""
READY_WITH_NETWORK = b"N"
"""The same, where the kernel did not let the service leave the network."""
ANY_READY = (READY, READY_WITH_NETWORK)
QUEUED = b"Q"
"""The picture has a place in the queue."""
FULL = b"F"
"""There is no place; four bytes follow: the seconds after which to ask again."""
STARTED = b"S"
"""The picture now belongs to a child, and must not be sent to another; eight bytes follow: since when."""

PRESENCE, PICTURE = b"P", b"I"
"""What a connection is for: to keep the service alive, or to have one picture encoded."""
MAX_TIMEOUT_SECONDS = 3600.0
WAIT_SECONDS = 60.0
"""How long a picture may wait for its turn; then it is refused as if the queue had been full."""
CLIENT_BYTES = 8
SECONDS = struct.Struct("!I")
MOMENT = struct.Struct("!d")
"""Seconds of the monotonic clock, which all processes of a machine share."""
MAX_DATA_BYTES = 256 * 1024**2
"""The largest picture that travels, in bytes, in either direction."""

_GREETING = struct.Struct(f"!c{CLIENT_BYTES}sd")
_LENGTHS = struct.Struct("!III")
_MAX_HEADER_BYTES = 16_384
_MAX_SENTENCE = 200
_MAX_NUMBER = 10_000_000
_CHUNK_BYTES = 1024**2
# The errors of a picture by their code: only what a child may say, and nothing that it could make up.
_REFUSALS = {refusal.code: refusal for refusal in codecs.CodecError.__subclasses__()}


@dataclass(frozen=True)
class Greeting:
    """The first message of a client; `client` tells processes apart, so that each gets its turns."""

    kind: bytes
    client: bytes
    timeout_seconds: float = 0.0

    def pack(self) -> bytes:
        """Return the message as bytes."""
        return _GREETING.pack(self.kind, self.client, self.timeout_seconds)

    @classmethod
    def receive(cls, connection: socket.socket) -> Greeting:
        """Read the greeting that has arrived, without waiting; raises ValueError when it makes no sense."""
        try:
            greeting = cls(*_GREETING.unpack(connection.recv(_GREETING.size, socket.MSG_DONTWAIT)))
        except (OSError, struct.error) as error:
            raise ValueError("no whole greeting") from error
        is_picture = greeting.kind == PICTURE and 0 < greeting.timeout_seconds <= MAX_TIMEOUT_SECONDS
        if not (is_picture or greeting.kind == PRESENCE):
            raise ValueError("a greeting for nothing that is known")
        return greeting


@dataclass(frozen=True)
class Frame:
    """One message between a client and a child."""

    header: dict[str, Any]
    data: bytes = b""
    attachment: bytes = b""

    def send(self, connection: socket.socket) -> None:
        """Send everything; raises ValueError when it is too long, ConnectionError when the other side has gone."""
        header = json.dumps(self.header).encode()
        _check_lengths(len(header), len(self.data), len(self.attachment))
        connection.sendall(_LENGTHS.pack(len(header), len(self.data), len(self.attachment)) + header)
        for part in filter(None, (self.data, self.attachment)):
            connection.sendall(part)

    @classmethod
    def receive(cls, connection: socket.socket) -> Frame:
        """Receive what `send` sent.

        Raises EOFError when the other side closes early, ValueError when a length or the header makes no sense.
        """
        lengths = _LENGTHS.unpack(_receive(connection, _LENGTHS.size))
        _check_lengths(*lengths)
        header = json.loads(_receive(connection, lengths[0]))
        if not isinstance(header, dict):
            raise ValueError("the header is not an object")  # noqa: TRY004 - one error for one broken frame
        return cls(header, _receive(connection, lengths[1]), _receive(connection, lengths[2]))


def _check_lengths(header: int, data: int, attachment: int) -> None:
    if header > _MAX_HEADER_BYTES or max(data, attachment) > MAX_DATA_BYTES:
        raise ValueError("the frame is longer than any picture")


def _receive(connection: socket.socket, size: int) -> bytes:
    # The buffer grows with what arrives: a length is only a claim until the bytes are here.
    received = bytearray()
    while len(received) < size:
        chunk = connection.recv(min(size - len(received), _CHUNK_BYTES))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


def request_of(data: bytes, options: codecs.Options) -> Frame:
    """Return the frame that asks a child for a picture."""
    header = asdict(options)
    watermark = header.get("watermark")
    return Frame(header, data, watermark.pop("data") if watermark else b"")


def options_of(request: Frame) -> codecs.Options:
    """Return the options that `request_of` was given: lists are tuples again, and parts have their classes."""
    values = dict(request.header)
    if isinstance(values.get("watermark"), dict):
        kinds = get_args(get_type_hints(codecs.Options)["watermark"])
        (watermark_class,) = (kind for kind in kinds if kind is not NoneType)
        values["watermark"] = watermark_class(data=request.attachment, **values["watermark"])
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return codecs.Options(**values)


def answer_of(encoded: codecs.Encoded) -> Frame:
    """Return the frame in which a child answers."""
    header = {field.name: getattr(encoded, field.name) for field in fields(encoded) if field.name != "data"}
    return Frame(header, encoded.data)


def refusal_of(error: codecs.CodecError) -> Frame:
    """Return the frame in which a child refuses a picture."""
    return Frame({"error": error.code, "sentence": error.sentence})


def fault_of(reason: str) -> Frame:
    """Return the frame in which a child says that it failed by a mistake of ours."""
    return Frame({"fault": reason[:_MAX_SENTENCE]})


def encoded_of(answer: Frame) -> codecs.Encoded:
    """Return the picture of a child's answer.

    Raises the CodecError that the child named, and ValueError when it failed or its answer makes no sense.
    """
    header = answer.header
    if "fault" in header:
        raise ValueError(str(header["fault"])[:_MAX_SENTENCE])
    if "error" in header:
        _raise_refusal(header)
    kinds = _kinds_of_encoded()
    if set(header) != set(kinds) or not all(_fits(header[name], kind) for name, kind in kinds.items()):
        raise ValueError("the answer is no picture")
    return codecs.Encoded(data=answer.data, **header)


def _raise_refusal(header: Mapping[str, Any]) -> None:
    code, sentence = header["error"], header.get("sentence")
    if not isinstance(code, str) or code not in _REFUSALS:
        raise ValueError("a refusal without a reason")
    is_sentence = isinstance(sentence, str) and len(sentence) <= _MAX_SENTENCE
    raise _REFUSALS[code](sentence if is_sentence else None)


@cache
def _kinds_of_encoded() -> dict[str, Any]:
    return {name: kind for name, kind in get_type_hints(codecs.Encoded).items() if name != "data"}


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value of the header is of its field's kind: a word of a list, a flag, or a count."""
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    return type(value) is kind and (kind is not int or 1 <= value <= _MAX_NUMBER)
