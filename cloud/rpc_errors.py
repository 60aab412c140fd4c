"""A daemon's own error codes, and the HTTP status that says the same."""

from typing import Any

from cloud.errors import BackendFailed, BackendLacks, BackendRefused, BackendUnready

NAME = "RpcError"
_LACKS = frozenset({-32601})
# Not connected, still loading or catching up, warming up.
_UNREADY = frozenset({-9, -10, -28})
_LONGEST = 2000


def refusal_of(error: Any) -> BackendRefused | BackendFailed:
    """Return the refusal for the `error` of a JSON-RPC answer: its code and message go into the envelope."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return BackendFailed()
    code, message = error["code"], str(error.get("message") or "")[:_LONGEST]
    kind = BackendLacks if code in _LACKS else BackendUnready if code in _UNREADY else BackendRefused
    return kind(code, NAME, message)
