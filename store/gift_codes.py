"""Codes of gift cards as text: make one, and read what somebody typed. Pure; knows no database and no key.

20 characters of Crockford's base 32 in groups of four, as in `7K3M-Q0ZD-41XR-HT9B-2VNC`: 100 random bits, of
which 80 stay secret where the last four are shown. The alphabet has no I, L, O and U; whoever types I or L
means 1, and O means 0 (https://www.crockford.com/base32.html).
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 20, 4
_MEANT = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s-]+")
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    """Return a fresh random code, without the hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def written(code: str) -> str:
    """Return a code as people read it: groups of four with hyphens between them."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def meant(text: str) -> str | None:
    """Return the code that somebody typed, in any case and with any spaces and hyphens; None if it is no code."""
    if len(text) > 4 * LENGTH:
        return None
    # Only ASCII changes its case here: `ı` and `ſ` are no letters of the alphabet.
    code = _BETWEEN.sub("", text)
    code = code.upper().translate(_MEANT) if code.isascii() else code
    return code if _CODE.fullmatch(code) else None
