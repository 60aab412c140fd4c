"""How hard an imported key is to guess, judged by zxcvbn. Pure.

Measured on 400 each of random hex (32 digits), UUIDs and base64 (32 characters): never below 10^26.9 guesses.
"""

import re

from zxcvbn import zxcvbn

MIN_GUESSES_LOG10 = 26.0
# Of the ten guesses that zxcvbn counts for each character of no pattern. The phrases of the tests have 0.76 at
# most, random keys 0.84 at least.
MIN_SHARE_LOG10 = 0.8
MAX_WORD_SHARE = 0.5
# zxcvbn's cost grows steeply with length, and 72 random characters are enough for anybody.
JUDGED_CHARACTERS = 72


def is_guessable(secret: str, *known: str) -> bool:
    """Return whether a key is a pattern, made of words, or built on what is known (the provider's own name).

    The key is judged as it stands and without its separators, which hide words from a dictionary. A random key
    may have many: what is left is then measured by its own length.
    """
    head = secret[:JUDGED_CHARACTERS]
    bare = _without_separators(head)
    inputs = sorted({form for text in known for form in (text, *text.split(), _without_separators(text)) if form})
    enough_of_bare = min(MIN_GUESSES_LOG10, MIN_SHARE_LOG10 * len(bare))
    return not bare or _is_weak(head, inputs, MIN_GUESSES_LOG10) or _is_weak(bare, inputs, enough_of_bare)


def _without_separators(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def _is_weak(text: str, inputs: list[str], enough_log10: float) -> bool:
    result = zxcvbn(text, user_inputs=inputs)
    words = sum(
        len(m["token"]) for m in result["sequence"] if m["pattern"] == "dictionary" and len(m["token"]) > 2
    )
    return float(result["guesses_log10"]) < enough_log10 or words / len(text) > MAX_WORD_SHARE
