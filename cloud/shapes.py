"""What the sign-in routes answer, in a Flux node's own words and spelling."""

from datetime import datetime
from typing import Any

from cloud.models import LoginPhrase, Session
from cloud.moments import written
from cloud.privileges import privilege_of

_ORDER = (
    *("message", "zelid", "loginPhrase", "signature", "identifier"),
    *("privilage", "privilege", "createdAt", "expireAt"),
)


def in_order(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what was left under a key in the node's order, which PostgreSQL does not keep."""
    return {name: payload[name] for name in (*_ORDER, *payload) if name in payload}


def signed_in(session: Session, signature: str) -> dict[str, Any]:
    """Return the answer to a sign-in. `privilage` is the node's own spelling, beside the right one."""
    privilege = privilege_of(session.zelid)
    return {
        "message": "Successfully logged in",
        "zelid": session.zelid,
        "loginPhrase": session.phrase,
        "signature": signature,
        "privilage": privilege,
        "privilege": privilege,
        "createdAt": written(session.created_at),
        "expireAt": written(session.expires_at),
    }


def listed_session(session: Session) -> dict[str, str]:
    """Return a session as lists show it: without a signature."""
    return {
        "zelid": session.zelid,
        "loginPhrase": session.phrase,
        "createdAt": written(session.created_at),
        "expireAt": written(session.expires_at),
    }


def listed_phrase(phrase: LoginPhrase) -> dict[str, str]:
    """Return a phrase that waits to be used."""
    return {
        "loginPhrase": phrase.phrase,
        "createdAt": written(phrase.created_at),
        "expireAt": written(phrase.expires_at),
    }


def provided(identifier: str, signature: str, *, created_at: datetime, expires_at: datetime) -> dict[str, Any]:
    """Return a signature that was left for somebody."""
    return {
        "signature": signature,
        "identifier": identifier,
        "createdAt": written(created_at),
        "expireAt": written(expires_at),
    }
