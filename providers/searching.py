"""Texts as the directory compares them: words without case and accents, names by what a reader sees. Pure."""

import re
import unicodedata

MAX_WORD = 64
"""How many characters of a word count; a longer one is found by its beginning."""

MAX_SORT_NAME = 100
"""How many characters of a name decide its place; the slug decides between names that agree in so many."""

# What shows nothing by itself (Unicode's Default_Ignorable_Code_Point, without the reserved ones).
_UNSEEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_WORD = re.compile(r"[^\W_]+")
# Letters that Unicode does not take apart, as people without them on their keyboard type them.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)


def visible(text: str) -> str:
    """Return a text without the characters that show nothing, such as a zero-width space or a soft hyphen."""
    return _UNSEEN.sub("", text)


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
