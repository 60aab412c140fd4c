"""The only way in which a web or task process has a picture encoded."""

from __future__ import annotations

import os

from django.conf import settings

from images.codecs import Encoded, Options
from images.pool import EncoderPool, QueueFullError, WorkersUnavailableError

__all__ = ["QueueFullError", "WorkersUnavailableError", "encode_isolated"]

pool = EncoderPool(settings.VAR_DIR / "encoder", settings.IMAGE_WORKERS, settings.IMAGE_QUEUE)
os.register_at_fork(after_in_child=pool.forget)


def encode_isolated(data: bytes, options: Options, timeout_seconds: float = 30) -> Encoded:
    """Encode one picture in a child process with 2 GiB of memory and `timeout_seconds` (at most 3,600) to do it.

    All processes that share VAR_DIR share one queue: IMAGE_WORKERS pictures are encoded at once, IMAGE_QUEUE wait,
    each for 60 seconds at most, and the time counts from a picture's turn. Raises what `codecs.encode` raises,
    TimedOutError when the time is over, TooComplexError when the child crashed or was killed, QueueFullError when
    there is no place in the queue, WorkersUnavailableError when no child could be started (after both the picture
    has not been looked at), and ValueError when `timeout_seconds` is out of range.
    """
    return pool.encode(data, options, timeout_seconds)
