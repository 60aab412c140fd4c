"""Programs at the API's door: `Authorization: Bearer` or `X-Api-Key`, looked up by digest."""

import time
from typing import Any

import structlog
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from api.addresses import client_address, cut_address, home_of
from api.errors import TooManyRequests, Unauthorized
from apikeys import services
from apikeys.lookup import find_key
from apikeys.models import ApiKey
from apikeys.windows import rate_windows
from plans.catalogue import DEFAULT_RATE_PER_MINUTE

MAX_GUESSING = 10_000


def presented_key(request: Request) -> str | None:
    """Return the key that the headers carry, None without one.

    Raises Unauthorized (401) for two headers that disagree and for another scheme than Bearer.
    """
    found = set()
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is not None:
        scheme, _, value = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise Unauthorized
        found.add(value.strip())
    header = request.META.get("HTTP_X_API_KEY")
    if header is not None:
        found.add(header.strip())
    if len(found) > 1:
        raise Unauthorized
    return found.pop() if found else None


# Addresses that used up their wrong keys, with the end of the window; each process knows those it refused.
_guessing: dict[str, int] = {}


def count_failure(home: str) -> None:
    """Count a wrong key, or a wrong token, of an address (`home_of`).

    Raises TooManyRequests (429) after 30 a minute.
    """
    window = rate_windows().hit(f"failed:{home}", DEFAULT_RATE_PER_MINUTE)
    if window.exceeded:
        if len(_guessing) > MAX_GUESSING:
            _guessing.clear()
        _guessing[home] = window.ends_at
        raise TooManyRequests(retry_after_seconds=window.retry_after_seconds)


class KeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the key and `request.user` to its creator, or None."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey]:
        """Return the creator and the key.

        Raises Unauthorized (401), or TooManyRequests (429) after 30 wrong keys a minute from one address.
        """
        text = presented_key(request)
        if text is None:
            raise Unauthorized
        address = client_address(request)
        home = home_of(address)
        key = find_key(request.parser_context["view"].product, text)
        if key is None:
            count_failure(home)
            raise Unauthorized
        self._refuse_guess(key, address, home)
        structlog.contextvars.bind_contextvars(key_id=str(key.pk))
        services.note_use(key, cut_address(address))
        creator = SimpleLazyObject(lambda: key.created_by) if key.created_by_id else None
        return creator, key

    @staticmethod
    def _refuse_guess(key: ApiKey, address: str, home: str) -> None:
        """Refuse a right key from an address that tried too many wrong ones, unless it is at home there.

        A key that was last used from another network may have been hit by guessing; one that is new, or was
        used from this network before, belongs to a client that shares its address with a careless one.
        """
        ends_at = _guessing.get(home)
        if ends_at is None or key.last_used_network in {"", cut_address(address)}:
            return
        remaining = ends_at - time.time()
        if remaining > 0:
            raise TooManyRequests(retry_after_seconds=int(remaining) + 1)
