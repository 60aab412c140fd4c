"""A form that makes something makes it once: two clicks, or a reload of the answer, do not make two."""

import secrets

from django.core.cache import cache
from django.http import HttpRequest

FIELD = "_once"
REMEMBERED_SECONDS = 3600


def new_token() -> str:
    """Return what a form carries that is shown anew."""
    return secrets.token_urlsafe(16)


def claim(request: HttpRequest) -> bool:
    """Return whether this post is the first of its form; one without a token is."""
    token = request.POST.get(FIELD, "")
    return not token or bool(cache.add(_name(token), 1, REMEMBERED_SECONDS))


def release(request: HttpRequest) -> None:
    """Let the form be sent again, because nothing was made."""
    token = request.POST.get(FIELD, "")
    if token:
        cache.delete(_name(token))


def _name(token: str) -> str:
    return f"store-admin-once:{token[:64]}"
