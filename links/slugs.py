"""Slugs and link ids: drawing them, judging them, and telling look-alikes. Plain Python.

Three classes of characters pass for one another in print: `0 O o`, `1 l I i` and `5 S`. A drawn slug uses at
most one character of each class, which leaves 54 of the 62 letters and digits.
"""

import re
import secrets

ALPHABET = "2346789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz"
RANDOM_LENGTH = 7
MIN_LENGTH = 3
MAX_LENGTH = 64
PATTERN = rf"^[A-Za-z0-9_-]{{{MIN_LENGTH},{MAX_LENGTH}}}\Z"
LINK_ID_PATTERN = r"^lnk_[0-9a-z]{12}$"

_WELL_FORMED = re.compile(PATTERN, re.ASCII)
_ID_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_CLASSES = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "i": "1", "S": "5"})
_PAIRS = (("rn", "m"), ("vv", "w"))

# Names that a visitor would take for the operator's own pages, and the first segments of every route that the
# platform has or keeps free, so that links can move to the root of a domain of their own.
_WORDS = """
_allauth about abuse account accounts admin administrator api app apps assets auth backup benchmark billing blog
cloud contact daemon dashboard docs download explorer favicon flux fluximage fluxly fluxme fluxstore help home
id images ioutils legal links livez login logout mail media metrics oauth official password pay payment payments
plans pricing privacy profile providers r readyz register report robots root security settings
signin signup sitemap staff static status store store-admin stores support syncthing system terms update
upload verify webmaster well-known ws www
"""
RESERVED = frozenset(_WORDS.split())


def random_slug() -> str:
    """Draw 7 characters of the 54 (2^40 slugs) from the operating system's generator."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))


def new_link_id() -> str:
    """Draw a link id: `lnk_` and 12 lower-case letters and digits (62 bits)."""
    return "lnk_" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))


def skeleton(slug: str) -> str:
    """Return what is left when look-alikes are made one; two slugs with one skeleton look the same.

    `paypaI`, `paypal` and `paypa1` share theirs, as do `modern` and `modem`. Case counts wherever upper and
    lower case differ in shape.
    """
    text = slug.translate(_CLASSES)
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text


def _bare(text: str) -> str:
    """Return the skeleton without case, and without the marks around it."""
    return skeleton(text.strip("-_").lower()).replace("s", "5")


_RESERVED_LOOKS = frozenset(_bare(word) for word in RESERVED)


def is_well_formed(slug: str) -> bool:
    """Return whether the slug has 3 to 64 characters of `A-Z a-z 0-9 _ -`."""
    return _WELL_FORMED.fullmatch(slug) is not None


def fault_of(slug: str) -> tuple[str, str] | None:
    """Return why nobody may choose the slug (a stable code, a clause that follows a field's name), or None."""
    if not is_well_formed(slug):
        return "malformed", f"must be {MIN_LENGTH} to {MAX_LENGTH} letters, digits, hyphens and underscores"
    if is_reserved(slug):
        return "reserved", "is a reserved word"
    return None


def is_reserved(slug: str) -> bool:
    """Return whether the slug is a reserved word, in any case, in look-alike characters, or between marks."""
    return _bare(slug) in _RESERVED_LOOKS
