"""Names of files, made safe for answers, headers and every file system. Pure."""

import re
from collections.abc import Iterable, Iterator

from images.options import Format

MAX_NAME_BYTES = 200
# What Windows refuses in a name, and what would end a quoted string in a header.
_REFUSED = re.compile(r'[<>:"/\\|?*;%]')


def safe_name(sent: str) -> str:
    """Return a sent file name without folders, control and direction marks; at most 200 bytes of UTF-8.

    "" becomes `image`. The end, which holds the extension, is what survives of a longer one.
    """
    visible = "".join(character for character in sent if character.isprintable())
    last = _REFUSED.sub("_", visible.replace("\\", "/").rpartition("/")[2]).strip(". ")
    return last.encode()[-MAX_NAME_BYTES:].decode(errors="ignore").strip(". ") or "image"


def result_name(source_name: str, format: Format) -> str:  # noqa: A002 - the word of the contract
    """Return the name of a result: `photo.jpeg` as webp is `photo.webp`. source_name: from `safe_name`.

    It has one dot, since some web servers run `a.php.webp` for the `.php` in it.
    """
    stem = source_name.rpartition(".")[0] or source_name
    return f"{stem.rstrip('. ').replace('.', '_')}.{format}"


def told_apart(names: Iterable[str]) -> Iterator[str]:
    """Yield each name, those that came before with a number: `a.webp`, `a-2.webp`. Case makes no difference."""
    seen: dict[str, int] = {}
    for name in names:
        stem, dot, extension = name.rpartition(".")
        unique, number = name, seen.get(name.casefold(), 0)
        while unique.casefold() in seen:
            number += 1
            unique = f"{stem}-{number}{dot}{extension}"
        seen[name.casefold()] = max(number, 1)
        seen.setdefault(unique.casefold(), 1)
        yield unique
