"""What people and wallets send to sign in: JSON, a form, or either of them sent as plain text.

As a Flux node reads it, but for what no honest client sends: 16 KiB at most, and no control characters.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from api.errors import BodyTooLarge, MalformedBody, WrongContentType
from api.parsers import REFUSED_CHARACTERS, loads
from cloud import phrases
from cloud.errors import BadSignIn
from cloud.identities import is_flux_id
from cloud.zelidauth import fields_of_form

MAX_BODY_BYTES = 16 * 1024
JSON = "application/json"
READ = frozenset({JSON, "application/x-www-form-urlencoded", "text/plain", ""})


@dataclass(frozen=True, slots=True)
class Signed:
    """A message and who is said to have signed it, in shape but unchecked."""

    zelid: str
    message: str
    signature: str


def fields_of(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of a body; what is no object has none.

    Raises WrongContentType (415), BodyTooLarge (413), MalformedBody (400).
    """
    kind = (request.content_type or "").lower()
    if kind not in READ:
        raise WrongContentType("Send JSON, a form, or either of them as text/plain.")
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    if kind == JSON or body.lstrip().startswith(b"{"):
        fields = loads(body)
        return fields if isinstance(fields, dict) else {}
    return _form(body)


def _form(body: bytes) -> dict[str, Any]:
    try:
        fields = fields_of_form(body.decode())
    except UnicodeDecodeError:
        fields = None
    if fields is None:
        raise MalformedBody("The body is neither JSON nor a form in UTF-8.")
    if any(isinstance(value, str) and REFUSED_CHARACTERS.search(value) for value in fields.values()):
        raise MalformedBody("A text contains a control character.")
    return fields


def login_of(fields: dict[str, Any], *, now_ms: int) -> Signed:
    """Return a sign-in. Raises BadSignIn (400) with the first fault, in the node's order and words."""
    return _signed(fields, lambda text: phrases.is_within(text, now_ms=now_ms, window_ms=phrases.VALID_MS))


def provided_of(fields: dict[str, Any]) -> Signed:
    """Return a signature for somebody who waits. Raises BadSignIn (400)."""
    return _signed(fields, lambda text: len(text) >= phrases.MIN_LENGTH)


def _signed(fields: dict[str, Any], is_right: Any) -> Signed:
    zelid = fields.get("zelid") or fields.get("address")
    message = fields.get("loginPhrase") or fields.get("message")
    signature = fields.get("signature")
    if not zelid:
        raise BadSignIn("No Flux ID is specified")
    if not isinstance(zelid, str) or not is_flux_id(zelid):
        raise BadSignIn("Flux ID is not valid")
    if not message:
        raise BadSignIn("No message is specified")
    if not isinstance(message, str) or not is_right(message):
        raise BadSignIn("Signed message is not valid")
    if not signature:
        raise BadSignIn("No signature is specified")
    if not isinstance(signature, str):
        raise BadSignIn("Invalid signature")
    return Signed(zelid, message, signature)
