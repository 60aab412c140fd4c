"""Secrets of other people's servers, as the database keeps them: sealed with Fernet (AES-128, HMAC-SHA-256).

The keys come from the setting PULL_SECRET_KEYS: the first seals, all of them open, so that a key can be replaced
without a moment in which something cannot be opened. `renewed` seals with the first what an old key sealed.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """None of the keys opens what was sealed: a key was removed too early, or the text is not ours."""


def seal(secret: str) -> str:
    """Return the secret sealed, as ASCII text."""
    return _keys(tuple(settings.PULL_SECRET_KEYS)).encrypt(secret.encode()).decode("ascii")


def opened(sealed: str) -> str:
    """Return the secret. Raises SealBroken."""
    try:
        return _keys(tuple(settings.PULL_SECRET_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken from None


def renewed(sealed: str) -> str | None:
    """Return the text sealed with the first key, None when it is so already. Raises SealBroken."""
    newest = tuple(settings.PULL_SECRET_KEYS[:1])
    try:
        _keys(newest).decrypt(sealed.encode())
    except InvalidToken:
        return seal(opened(sealed))
    return None


@lru_cache(maxsize=8)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
