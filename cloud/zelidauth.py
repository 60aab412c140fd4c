"""The `zelidauth` header: `zelid=…&signature=…&loginPhrase=…`, percent-encoded, or the same three as JSON."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

MAX_LENGTH = 4096
MAX_FIELDS = 16
NAMES = ("zelid", "signature", "loginPhrase")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a header says, unchecked. phrase: the login phrase."""

    zelid: str
    signature: str
    phrase: str


def parse(header: str) -> Claim | None:
    """Return the three texts of a header; None for one that does not hold each of them exactly once."""
    if len(header) > MAX_LENGTH:
        return None
    text = header.strip()
    fields = _from_json(text) if text.startswith("{") else fields_of_form(text)
    if fields is None:
        return None
    zelid, signature, phrase = (fields.get(name) for name in NAMES)
    if not (isinstance(zelid, str) and isinstance(signature, str) and isinstance(phrase, str)):
        return None
    return Claim(zelid, signature, phrase) if zelid and signature and phrase else None


def fields_of_form(text: str) -> dict[str, Any] | None:
    """Return the fields of a form or a query string; one that is there twice is a list, as a Flux node has it.

    A plus sign of a signature that was not percent-encoded reads as a space and is put back. None for what is no
    form: bytes that are not UTF-8, more than 16 fields.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        return None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        restored = value.replace(" ", "+") if name == "signature" else value
        fields[name] = [fields[name], restored] if name in fields else restored
    return fields


def header_of(claim: Claim) -> str:
    """Return the header of a claim, in the form that needs no care with signs."""
    return urlencode({"zelid": claim.zelid, "signature": claim.signature, "loginPhrase": claim.phrase})


def _from_json(text: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name is there twice")
    return fields
