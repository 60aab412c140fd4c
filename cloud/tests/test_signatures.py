"""Who signed what: a node's vectors, other libraries', and what an attacker would send."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.identities import is_flux_id, key_hash, same_id
from cloud.signatures import MAX_LENGTH, VerifiedSignatures, ethereum_digest, is_signed
from cloud.tests.wallets import BitcoinWallet, EthereumWallet

pytestmark = pytest.mark.once

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((DATA / "flux_vectors.json").read_text())
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PHRASE = "1790000000000abcdefghijklmnopqrstuvwxyz0123456789abcdef"
BITCOIN, ETHEREUM = BitcoinWallet(7), EthereumWallet(7)
# The node's helper also compares public keys, with which nobody signs in: they are no Flux id.
NO_IDS = {"uncompressed key given as hex pubkey"}


@pytest.mark.parametrize("vector", VECTORS["bitcoin_messages"], ids=lambda vector: vector["name"])
def test_the_nodes_bitcoin_vectors(vector):
    zelid, signature = vector["address"], vector["signature"] or ""
    if vector["name"] in NO_IDS:
        assert not is_flux_id(zelid)
    elif vector["expected"] is not None:
        is_right = is_flux_id(zelid) and is_signed(zelid, vector["message"], signature)
        assert is_right is vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["ethereum_messages"], ids=lambda vector: vector["message"])
def test_the_nodes_ethereum_vectors(vector):
    assert "0x" + ethereum_digest(vector["message"].encode()).hex() == vector["digest"]
    assert is_signed(vector["address"], vector["message"], vector["signature"]) is vector["expected"]


@pytest.mark.parametrize(
    "vector",
    json.loads((DATA / "wallet_vectors.json").read_text())["messages"],
    ids=lambda vector: f"{vector['library']}: {vector['name']}",
)
def test_vectors_of_other_libraries(vector):
    assert is_signed(vector["zelid"], vector["message"], vector["signature"]) is vector["expected"]


def test_a_flag_that_names_no_plain_address_proves_nothing():
    for first_byte in (*range(27), *range(35, 256)):
        assert not is_signed(BITCOIN.zelid, PHRASE, BITCOIN.sign(PHRASE, first_byte=first_byte)), first_byte


def test_a_message_may_be_longer_than_two_bytes_can_say():
    # Made with bitcoinjs-message 2.2.0.
    signature = "H8OvHRu42HWfon07u1PqMeLcZCLTxObU/AlW6jpUhV+7Vh55nOa6/c89rRKkmmj/7cZBpcPdUjy+AqWzPVEvH8o="
    assert is_signed("1AdAU7zZn21u6KioGBSusWgM4sYoRCPLxN", "x" * 70_000, signature)


def test_a_flag_says_whether_the_key_is_compressed():
    raw = base64.b64decode(BITCOIN.sign(PHRASE))
    assert not is_signed(BITCOIN.zelid, PHRASE, BITCOIN.sign(PHRASE, first_byte=raw[0] - 4))
    plain = BitcoinWallet(7, is_compressed=False)
    assert plain.zelid != BITCOIN.zelid
    assert is_signed(plain.zelid, PHRASE, plain.sign(PHRASE))


def bitcoin_twin(signature):
    raw = base64.b64decode(signature)
    high = ORDER - int.from_bytes(raw[33:], "big")
    return base64.b64encode(bytes([27 + (raw[0] - 27 ^ 1)]) + raw[1:33] + high.to_bytes(32, "big")).decode()


def ethereum_twin(signature):
    raw = bytes.fromhex(signature[2:])
    high = ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + high.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()


@pytest.mark.parametrize(("wallet", "twin_of"), [(BITCOIN, bitcoin_twin), (EthereumWallet(7), ethereum_twin)])
def test_a_signature_has_a_twin_that_is_as_good(wallet, twin_of):
    signature = wallet.sign(PHRASE)
    assert twin_of(signature) != signature
    assert is_signed(wallet.zelid, PHRASE, twin_of(signature))


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        (lambda s: s.replace("+", "-").replace("/", "_"), True),
        (lambda s: s.rstrip("="), True),
        (lambda s: f" {s[:20]}\n {s[20:]}\r\n\t", True),
        (lambda s: s + "=", True),
        (lambda s: s[:-5], False),
        (lambda s: s[:40] + "!" + s[40:], False),
        (lambda s: s[:40] + "\u2003" + s[40:], False),
        (lambda s: s + "AAAA", False),
        (lambda s: "=" + s, False),
        (lambda s: "", False),
        (lambda s: s + " " * MAX_LENGTH, False),
        (lambda s: base64.b64decode(s).hex(), False),
    ],
)
def test_which_spellings_of_a_bitcoin_signature_are_read(change, is_right):
    assert is_signed(BITCOIN.zelid, PHRASE, change(BITCOIN.sign(PHRASE))) is is_right


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        (lambda s: s[:-2] + f"{int(s[-2:], 16) - 27:02x}", True),
        (lambda s: s[:2] + s[2:].upper(), True),
        (lambda s: s[2:], False),
        (lambda s: "0X" + s[2:], False),
        (lambda s: s[:-2] + "25", False),
        (lambda s: s[:-2] + "1d", False),
        (lambda s: s[:-2], False),
        (lambda s: s + "00", False),
        (lambda s: s + "\n", False),
        (lambda s: "0x" + "0" * 130, False),
        (lambda s: "0x" + "f" * 128 + "1b", False),
    ],
)
def test_which_spellings_of_an_ethereum_signature_are_read(change, is_right):
    assert is_signed(ETHEREUM.zelid, PHRASE, change(ETHEREUM.sign(PHRASE))) is is_right


@pytest.mark.parametrize("wallet", [BITCOIN, ETHEREUM])
def test_another_message_or_another_key_proves_nothing(wallet):
    signature = wallet.sign(PHRASE)
    assert not is_signed(wallet.zelid, PHRASE[:-1], signature)
    assert not is_signed(wallet.zelid, PHRASE + "\ud800", signature)
    assert not is_signed(type(wallet)(8).zelid, PHRASE, signature)


@settings(max_examples=100)
@given(st.text(max_size=600), st.text(max_size=140), st.sampled_from([BITCOIN.zelid, ETHEREUM.zelid, "1abc", ""]))
def test_no_text_is_a_signature_and_none_makes_it_fail(message, signature, zelid):
    assert is_signed(zelid, message, signature) is False


@settings(max_examples=60)
@given(st.integers(0, 520), st.sampled_from([BITCOIN, ETHEREUM]))
def test_one_bit_decides(bit, wallet):
    signature = wallet.sign(PHRASE)
    raw = bytearray(bytes.fromhex(signature[2:]) if wallet is ETHEREUM else base64.b64decode(signature))
    raw[min(bit // 8, 64)] ^= 1 << bit % 8
    changed = "0x" + raw.hex() if wallet is ETHEREUM else base64.b64encode(raw).decode()
    assert not is_signed(wallet.zelid, PHRASE, changed)


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        (BITCOIN.zelid, True),
        (ETHEREUM.zelid, True),
        ("1" + "z" * 24, True),
        ("1" + "z" * 23, False),
        ("1" + "z" * 34, False),
        ("1" + "O" * 26, False),
        ("34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo", False),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", False),
        ("0x123", False),
        ("0X" + "a" * 40, False),
        (BITCOIN.zelid + "\n", False),
        ("\u0661" * 30, False),
        ("", False),
    ],
)
def test_which_texts_are_flux_ids(text, is_id):
    assert is_flux_id(text) is is_id


def test_a_bitcoin_address_needs_its_checksum_length_and_version():
    assert key_hash(BITCOIN.zelid)
    assert key_hash(BITCOIN.zelid[:-1] + ("2" if BITCOIN.zelid[-1] != "2" else "3")) is None
    assert key_hash("34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo") is None
    assert key_hash("1111") is None
    assert key_hash("1O") is None


def test_ethereum_ids_are_one_in_any_case():
    assert same_id("0xAB" + "0" * 38, "0xab" + "0" * 38)
    assert not same_id(BITCOIN.zelid, BITCOIN.zelid.lower())


def test_the_memory_of_right_signatures_is_bounded_and_keeps_no_wrong_ones():
    memory = VerifiedSignatures(keep=2)
    phrases = [PHRASE, PHRASE + "2", PHRASE + "3"]
    for phrase in phrases:
        assert memory.is_signed(BITCOIN.zelid, phrase, BITCOIN.sign(phrase))
    assert not memory.is_signed(BITCOIN.zelid, PHRASE, BITCOIN.sign(phrases[1]))
    assert not memory.is_signed(BITCOIN.zelid, PHRASE, "x" * (MAX_LENGTH + 1))
    assert len(memory._seen) == 2
    assert memory.is_signed(BITCOIN.zelid, phrases[2], BITCOIN.sign(phrases[2]))


def test_what_is_remembered_of_one_id_does_not_count_for_another():
    memory = VerifiedSignatures()
    assert memory.is_signed(BITCOIN.zelid, PHRASE, BITCOIN.sign(PHRASE))
    assert not memory.is_signed(ETHEREUM.zelid, PHRASE, BITCOIN.sign(PHRASE))
    cut = BITCOIN.zelid[:-1]
    assert not memory.is_signed(cut, BITCOIN.zelid[-1] + PHRASE, BITCOIN.sign(PHRASE))
