"""What makes two compressions equal: the same bytes with the same settings. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict

from images.codecs import Options


def digest_of(data: bytes, options: Options) -> str:
    """Return SHA-256, as 64 hexadecimal digits, over a picture and everything that decides what becomes of it."""
    settings = asdict(options)
    mark = settings["watermark"]
    mark_data = mark.pop("data") if mark else b""
    return digest_of_parts((json.dumps(settings, sort_keys=True).encode(), mark_data, data))


def digest_of_parts(parts: Iterable[bytes]) -> str:
    """Return SHA-256, as 64 hexadecimal digits, over parts, so that no two lists of parts look alike."""
    whole = hashlib.sha256()
    for part in parts:
        # The length stands before each part: "ab", "c" must not be "a", "bc".
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()
