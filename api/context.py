"""What belongs to the request in hand: its id and network, for logs, audit rows and error pages."""

import re
import uuid
from contextvars import ContextVar

from api.addresses import cut_address

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_address: ContextVar[str] = ContextVar("address", default="")


def start_request(offered: str | None, *, address: str = "") -> str:
    """Keep the offered id (safe characters, at most 64) or make one; return it.

    address: the client's, of which the network alone is kept.
    """
    request_id = offered if offered and _SAFE_ID.fullmatch(offered) else uuid.uuid4().hex
    _request_id.set(request_id)
    _address.set(address)
    return request_id


def end_request() -> None:
    """Forget the request: what the thread does next does not belong to it."""
    _request_id.set("")
    _address.set("")


def current_request_id() -> str:
    """Return the id of the request in hand, "" outside one."""
    return _request_id.get()


def current_network() -> str:
    """Return the network (/24 or /48) of the client of the request in hand, "" outside one."""
    return cut_address(_address.get())
