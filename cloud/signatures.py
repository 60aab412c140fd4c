"""Who signed a message: Bitcoin's signed messages and Ethereum's `personal_sign`.

Lenient where a Flux node is: base64url, missing padding and white space inside a Bitcoin signature, either half of
the curve for `s`. Strict about the rest: a signature that names a witness address (flags 35 to 42), another length
or a sign that base64 does not have proves nothing. Each signature has a twin, so none may serve as an identifier.
"""

import base64
import binascii
import hashlib
import re
import threading

from coincurve import PublicKey
from Crypto.Hash import RIPEMD160, keccak

from cloud.identities import canonical, key_hash

# The longest that a right one can be is 132 signs; white space may stretch it.
MAX_LENGTH = 512
# 100 bytes each, whatever the messages' length.
KEEP_VERIFIED = 20_000
_SPACES = re.compile(r"\s+", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{130}", re.ASCII)
_RECOVERY_OF_V = {0: 0, 1: 1, 27: 0, 28: 1}


def is_signed(zelid: str, message: str, signature: str) -> bool:
    """Return whether the holder of the Flux id signed the message; nothing that is sent makes it fail."""
    if len(signature) > MAX_LENGTH:
        return False
    try:
        raw = message.encode()
        if zelid.startswith("0x"):
            return _ethereum_signer(raw, signature) == canonical(zelid)
        wanted = key_hash(zelid)
        return wanted is not None and _bitcoin_signer(raw, signature) == wanted
    except ValueError:
        # A lone surrogate, base64 that is none, a signature that no key could have made.
        return False


def bitcoin_digest(message: bytes) -> bytes:
    """Return what Bitcoin wallets sign for a message."""
    framed = b"\x18Bitcoin Signed Message:\n" + _compact_size(len(message)) + message
    return hashlib.sha256(hashlib.sha256(framed).digest()).digest()


def ethereum_digest(message: bytes) -> bytes:
    """Return what Ethereum wallets sign for a message (EIP-191, version `E`)."""
    framed = b"\x19Ethereum Signed Message:\n%d%b" % (len(message), message)
    return keccak.new(digest_bits=256, data=framed).digest()


def _bitcoin_signer(message: bytes, signature: str) -> bytes:
    """Return the key hash of who signed; raises ValueError when nobody could have."""
    text = _SPACES.sub("", signature).translate(_URL_SAFE).rstrip("=")
    raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if len(raw) != 65 or not 27 <= raw[0] <= 34:
        raise binascii.Error
    flag = raw[0] - 27
    key = PublicKey.from_signature_and_message(raw[1:] + bytes([flag & 3]), bitcoin_digest(message), hasher=None)
    encoded = key.format(compressed=flag >= 4)
    return RIPEMD160.new(hashlib.sha256(encoded).digest()).digest()


def _ethereum_signer(message: bytes, signature: str) -> str:
    """Return the address of who signed, in small letters; raises ValueError when nobody could have."""
    if not _ETHEREUM.fullmatch(signature):
        raise ValueError
    raw = bytes.fromhex(signature[2:])
    recovery = _RECOVERY_OF_V.get(raw[64])
    if recovery is None:
        raise ValueError
    key = PublicKey.from_signature_and_message(raw[:64] + bytes([recovery]), ethereum_digest(message), hasher=None)
    return "0x" + keccak.new(digest_bits=256, data=key.format(compressed=False)[1:]).hexdigest()[24:]


def _compact_size(length: int) -> bytes:
    if length < 0xFD:
        return bytes([length])
    if length <= 0xFFFF:
        return b"\xfd" + length.to_bytes(2, "little")
    return b"\xfe" + length.to_bytes(4, "little")


class VerifiedSignatures:
    """Remembers which signatures were right, so that each is computed once in a process.

    Only right ones: whoever sends wrong ones pushes nothing out. It says nothing about sessions.
    """

    def __init__(self, keep: int = KEEP_VERIFIED) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._seen: dict[bytes, None] = {}

    def is_signed(self, zelid: str, message: str, signature: str) -> bool:
        """Return what `is_signed` returns."""
        if len(signature) > MAX_LENGTH:
            return False
        # With their lengths in front, no other three texts make up the same one.
        name = f"{len(zelid)}:{len(message)}:{zelid}{message}{signature}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(name).digest()
        if digest in self._seen:
            return True
        if not is_signed(zelid, message, signature):
            return False
        with self._lock:
            if len(self._seen) >= self._keep:
                # Dictionaries keep their order: the oldest goes.
                self._seen.pop(next(iter(self._seen)))
            self._seen[digest] = None
        return True


VERIFIED = VerifiedSignatures()
