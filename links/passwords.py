"""Passwords of links: argon2id (19 MiB, two passes, one lane), at most two at once in a process."""

import threading
import unicodedata

from django.contrib.auth.hashers import check_password, make_password

MIN_LENGTH = 4
MAX_LENGTH = 128
# Each hash fills 19 MiB and a core for some 20 ms; more at once would starve the redirects beside them.
_HASHING = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the hash that is stored."""
    with _HASHING:
        return make_password(_normal(password))


def password_matches(password: str, stored: str) -> bool:
    """Return whether the password is the stored one's."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return False
    with _HASHING:
        return check_password(_normal(password), stored)


def _normal(password: str) -> str:
    """Return one spelling: keyboards disagree about whether an accented letter is one character or two."""
    return unicodedata.normalize("NFC", password)
