"""Keys as text: mint, parse, digest. Pure; knows no database.

Formats, from the products' documents: `fluxly_live_` + 25 letters and digits, `flx_live_` + 40 lower-case hex,
`flx_{storeId}_` + 32 base62 of which the secret alone is hashed. Fluxme takes any text of 32 to 256 visible
ASCII characters; the ones made here are `fluxme_live_` + 40 base62.
"""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
MIN_IMPORTED, MAX_IMPORTED = 32, 256

_STORE_KEY = re.compile(r"flx_([0-9a-z]{8})_([0-9A-Za-z]{32})")
_FORMATS = {
    "fluxly": re.compile(r"fluxly_live_[0-9A-Za-z]{25}"),
    "fluximage": re.compile(r"flx_live_[0-9a-f]{40}"),
    "fluxme": re.compile(r"[!-~]{32,256}"),
}
# Products whose users may make the key themselves.
IMPORTED = frozenset({"fluxme"})
OWN_PREFIXES = ("fluxly_live_", "flx_", "fluxme_live_")


@dataclass(frozen=True, slots=True)
class Token:
    """A key that has the shape of its product.

    text: the whole key, secret. prefix: what stands before the random part. digest: SHA-256, lower-case hex.
    resource: the store id written into FluxStore's keys, else "".
    """

    text: str
    prefix: str
    digest: str
    resource: str = ""

    def __repr__(self) -> str:
        """Show the prefix only: a token must not reach a log through an error message."""
        return f"Token({self.prefix}…)"

    @property
    def hint(self) -> str:
        """Return what lists may show: `flx_live_a3b4c...f8e9`, else the prefix and the last four."""
        shown = 5 if self.prefix == "flx_live_" else 0
        return f"{self.text[: len(self.prefix) + shown]}...{self.text[-4:]}"


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a secret as 64 lower-case hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mint(product: str, resource: str = "") -> Token:
    """Return a fresh random key of a product.

    resource: the store id (8 of `[0-9a-z]`) for FluxStore. Raises ValueError for what has no format.
    """
    match product:
        case "fluxly":
            text = "fluxly_live_" + _random(25)
        case "fluximage":
            text = "flx_live_" + secrets.token_hex(20)
        case "fluxme":
            text = "fluxme_live_" + _random(40)
        case "fluxstore":
            text = f"flx_{resource}_{_random(32)}"
        case _:
            raise ValueError(f"no key format for {product!r}")
    token = parse(product, text)
    if token is None:
        raise ValueError(f"{resource!r} cannot stand in a key of {product}")
    return token


def parse(product: str, text: str) -> Token | None:
    """Return the key if it has its product's shape, else None. Nothing is looked up here."""
    if product == "fluxstore":
        match = _STORE_KEY.fullmatch(text)
        if match is None:
            return None
        store_id, secret = match.groups()
        return Token(text, f"flx_{store_id}_", digest_of(secret), resource=store_id)
    pattern = _FORMATS.get(product)
    if pattern is None or not pattern.fullmatch(text):
        return None
    return Token(text, _prefix_of(text), digest_of(text))


def has_own_prefix(text: str) -> bool:
    """Return whether a text looks like a key that this platform made."""
    return text.lower().startswith(OWN_PREFIXES)


def _prefix_of(text: str) -> str:
    return next((p for p in ("fluxly_live_", "flx_live_", "fluxme_live_") if text.startswith(p)), "")


def _random(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))
