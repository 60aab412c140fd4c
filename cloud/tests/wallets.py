"""Keys and wallets for tests, made of the curve alone so that nothing under test signs for itself."""

import base64
import hashlib

from coincurve import PrivateKey
from Crypto.Hash import RIPEMD160, keccak

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def base58check(payload: bytes) -> str:
    data = payload + sha256d(payload)[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class BitcoinWallet:
    """A key with a `1…` address."""

    def __init__(self, secret: int = 1, *, is_compressed: bool = True) -> None:
        self.key = PrivateKey.from_int(secret)
        self.is_compressed = is_compressed
        public = self.key.public_key.format(compressed=is_compressed)
        self.zelid = base58check(b"\0" + RIPEMD160.new(hashlib.sha256(public).digest()).digest())

    def sign(self, message: str, *, first_byte: int | None = None) -> str:
        raw = message.encode()
        assert len(raw) < 0xFD
        digest = sha256d(b"\x18Bitcoin Signed Message:\n" + bytes([len(raw)]) + raw)
        signed = self.key.sign_recoverable(digest, hasher=None)
        flag = 27 + signed[64] + 4 * self.is_compressed if first_byte is None else first_byte
        return base64.b64encode(bytes([flag]) + signed[:64]).decode()


class EthereumWallet:
    """A key with a `0x…` address."""

    def __init__(self, secret: int = 1) -> None:
        self.key = PrivateKey.from_int(secret)
        public = self.key.public_key.format(compressed=False)[1:]
        self.zelid = "0x" + keccak.new(digest_bits=256, data=public).hexdigest()[24:]

    def sign(self, message: str) -> str:
        raw = message.encode()
        framed = b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw
        signed = self.key.sign_recoverable(keccak.new(digest_bits=256, data=framed).digest(), hasher=None)
        return "0x" + signed[:64].hex() + f"{27 + signed[64]:02x}"
