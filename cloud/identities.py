"""Flux ids: addresses of Bitcoin's first kind (`1…`) and of Ethereum (`0x…`)."""

import hashlib
import re
from functools import lru_cache

_BITCOIN = re.compile(r"1[1-9A-HJ-NP-Za-km-z]{24,33}", re.ASCII)
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_DIGITS = {digit: n for n, digit in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
MAX_LENGTH = 42


def is_flux_id(text: str) -> bool:
    """Return whether a text looks like a Flux id: `1` and base58, 25 to 34 signs, or `0x` and 40 hex digits.

    As on a Flux node, a Bitcoin address with a wrong checksum does; no signature fits it, though.
    """
    return (_BITCOIN if text.startswith("1") else _ETHEREUM).fullmatch(text) is not None


def canonical(zelid: str) -> str:
    """Return the one spelling of a Flux id. The case of an Ethereum address is but a checksum."""
    return zelid.lower() if zelid.startswith("0x") else zelid


def same_id(one: str, other: str) -> bool:
    """Return whether two Flux ids are one."""
    return canonical(one) == canonical(other)


@lru_cache(maxsize=4096)
def key_hash(address: str) -> bytes | None:
    """Return the 20 bytes that a `1…` address stands for; None when its checksum, length or version is wrong."""
    number = 0
    for sign in address:
        digit = _DIGITS.get(sign)
        if digit is None:
            return None
        number = number * 58 + digit
    zeros = len(address) - len(address.lstrip("1"))
    payload = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(payload) != 25 or payload[0] != 0:
        return None
    body, checksum = payload[:21], payload[21:]
    is_right = hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == checksum
    return body[1:] if is_right else None
