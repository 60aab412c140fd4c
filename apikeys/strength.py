"""How hard an imported key is to guess, judged by zxcvbn. Pure.

Measured on 400 each of random hex (32 digits), UUIDs and base64 (32 characters): never below 10^26.9 guesses.
"""

import re

from zxcvbn import zxcvbn

MIN_GUESSES_LOG10 = 26.0
MAX_WORD_SHARE = 0.5
# zxcvbn's cost grows steeply with length, and 72 random characters are enough for anybody.
JUDGED_CHARACTERS = 72


def is_guessable(secret: str, *known: str) -> bool:
    """Return whether a key is a pattern, made of words, or built on what is known (the provider's own name).

    The key is judged as it stands and without its separators, which hide words from a dictionary.
    """
    head = secret[:JUDGED_CHARACTERS]
    bare = _without_separators(head)
    inputs = sorted({form for text in known for form in (text, *text.split(), _without_separators(text)) if form})
    return not bare or any(_is_weak(text, inputs) for text in (head, bare))


def _without_separators(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def _is_weak(text: str, inputs: list[str]) -> bool:
    result = zxcvbn(text, user_inputs=inputs)
    words = sum(
        len(m["token"]) for m in result["sequence"] if m["pattern"] == "dictionary" and len(m["token"]) > 2
    )
    return float(result["guesses_log10"]) < MIN_GUESSES_LOG10 or words / len(text) > MAX_WORD_SHARE
