"""Codes of gift cards as the tables keep them: HMAC-SHA256 with the keys of the setting GIFT_CODE_KEYS.

The first key makes the digest of a new card; all of them find one, so that a key can be replaced while cards of
the old one are about. Whoever reads the table can neither use a card nor try codes without a key.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from store import gift_codes

_SALT = "store.gift_code"


def new_digest(code: str) -> str:
    """Return the digest of a new card's code, 64 hex digits."""
    return _digest(code, settings.GIFT_CODE_KEYS[0])


def digests_of(typed: str) -> list[str]:
    """Return the digests under which a typed code may be kept; none for what cannot be a code."""
    code = gift_codes.meant(typed)
    return [] if code is None else [_digest(code, key) for key in settings.GIFT_CODE_KEYS]


def _digest(code: str, key: str) -> str:
    return salted_hmac(_SALT, code, secret=key, algorithm="sha256").hexdigest()
