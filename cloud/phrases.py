"""Login phrases: 13 digits of a time in milliseconds, then random signs of base 36."""

import re
import secrets
import string

# 42 signs are 217 bits; 55 signs in all lie within the node's 51 to 60.
RANDOM_SIGNS = 42
TIME_DIGITS = 13
MIN_LENGTH = 40
MAX_LENGTH = 70
VALID_MS = 15 * 60 * 1000
SESSION_MS = 14 * 24 * 60 * 60 * 1000
_SIGNS = string.digits + string.ascii_lowercase
_TIME = re.compile(r"\d{13}", re.ASCII)
_PHRASE = re.compile(r"\d{13}[!-~]{27,57}", re.ASCII)


def make(now_ms: int) -> str:
    """Return a new phrase of a moment, in Unix milliseconds."""
    return f"{now_ms:013d}" + "".join(secrets.choice(_SIGNS) for _ in range(RANDOM_SIGNS))


def moment_of(phrase: str) -> int | None:
    """Return the moment that a phrase begins with, in Unix milliseconds; None when it begins with none."""
    found = _TIME.match(phrase)
    return int(found.group()) if found else None


def is_phrase(text: str) -> bool:
    """Return whether a text can be a phrase at all: 13 digits, then signs of ASCII, 40 to 70 together."""
    return _PHRASE.fullmatch(text) is not None


def is_within(phrase: str, *, now_ms: int, window_ms: int) -> bool:
    """Return whether a text is long enough, begins with a time, and that time lies within a window up to now."""
    moment = moment_of(phrase)
    return len(phrase) >= MIN_LENGTH and moment is not None and now_ms - window_ms <= moment <= now_ms
