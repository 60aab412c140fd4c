"""Words as the directory compares them: without case and accents, letters and digits only. Pure."""

import re
import unicodedata

MAX_WORD = 64
"""How many characters of a word count; a longer one is found by its beginning."""

MAX_SORT_NAME = 100
"""How many characters of a name decide its place; the slug decides between names that agree in so many."""

_WORD = re.compile(r"[^\W_]+")
# Letters that Unicode does not take apart, as people without them on their keyboard type them.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)


def words_of(*texts: str | None) -> list[str]:
    """Return each word once, in the order of the texts: `"Łódź, Łódź!"` → `["lodz"]`."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            found |= dict.fromkeys(word[:MAX_WORD] for word in _WORD.findall(folded(text)))
    return list(found)


def folded(text: str) -> str:
    """Return a text without case, accents and ligatures."""
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    # Folding the case can bring forth what has to be taken apart again, as with İ.
    apart = unicodedata.normalize("NFKD", apart)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def sort_name_of(name: str) -> str:
    """Return what a name is sorted by."""
    return " ".join(_WORD.findall(folded(name)))[:MAX_SORT_NAME]
