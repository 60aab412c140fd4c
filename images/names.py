"""Names of files, made safe for answers, headers and every file system. Pure."""

import re

from images.encoders import Format

MAX_NAME = 200
# What Windows refuses in a name, and what would end a quoted string in a header.
_REFUSED = re.compile(r'[<>:"/\\|?*;%]')


def safe_name(sent: str) -> str:
    """Return a sent file name without folders, control and direction marks; at most 200 characters.

    "" becomes `image`. The end, which holds the extension, is what survives of a longer one.
    """
    visible = "".join(character for character in sent if character.isprintable())
    last = visible.replace("\\", "/").rpartition("/")[2]
    return _REFUSED.sub("_", last).strip(". ")[-MAX_NAME:] or "image"


def result_name(source_name: str, format: Format) -> str:  # noqa: A002 - the word of the contract
    """Return the name of a result: `photo.jpeg` as webp is `photo.webp`. source_name: from `safe_name`."""
    stem = source_name.rpartition(".")[0] or source_name
    return f"{stem.rstrip('. ')}.{format}"
