"""The password gate: limits of tries, and the cookie of those who passed.

django-ratelimit counts in the cache in fixed windows. Every try counts against its address, before the
password is looked at, so that tries sent at once are counted exactly. Against the link as a whole only wrong
ones count: a link that many people open rightly must not lock itself.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage

from api.addresses import client_address, home_of
from links.models import Link

OPEN_SECONDS = 30 * 60
TRIES_OF_ADDRESS = "5/15m"
WRONG_TRIES_OF_LINK = "50/1h"


def begin_try(request: HttpRequest, link: Link) -> int:
    """Count a try; return 0 when it may be made, else the seconds to wait (at least 1).

    Against the link a try counts from here on, until `end_try` takes a right one back: tries that are being
    looked at count as wrong, so that no number of them at once gets past the limit.
    """
    of_address = _usage(request, link, "tries", TRIES_OF_ADDRESS, increment=True)
    if of_address and of_address["should_limit"]:
        return _wait(of_address)
    # In this order: what is taken back between the two looks makes the limit stricter, never laxer.
    returned = _usage(request, link, "returned", WRONG_TRIES_OF_LINK, increment=False)
    begun = _usage(request, link, "begun", WRONG_TRIES_OF_LINK, increment=True)
    if begun and returned and begun["count"] - returned["count"] > begun["limit"]:
        end_try(request, link, is_right=True)
        return _wait(begun)
    return 0


def end_try(request: HttpRequest, link: Link, *, is_right: bool) -> None:
    """Take a try back that was right, or was not made: only wrong ones count against the link."""
    if is_right:
        _usage(request, link, "returned", WRONG_TRIES_OF_LINK, increment=True)


def is_open(request: HttpRequest, link: Link) -> bool:
    """Return whether the visitor entered the link's present password within the last 30 minutes."""
    version = request.get_signed_cookie(_cookie(link), default="", salt="links.gate", max_age=OPEN_SECONDS)
    return version == str(link.password_version)


def open_for(response: HttpResponse, link: Link) -> None:
    """Let the visitor pass for 30 minutes: a signed cookie, bound to the link and its password version."""
    response.set_signed_cookie(
        _cookie(link),
        str(link.password_version),
        salt="links.gate",
        max_age=OPEN_SECONDS,
        path=f"/r/{link.slug}",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie(link: Link) -> str:
    """Return the cookie's name, which Django signs together with the value."""
    return f"gate_{link.link_id}"


def _usage(request: HttpRequest, link: Link, count: str, rate: str, *, increment: bool) -> dict[str, Any] | None:
    """Return django-ratelimit's count, None when the cache does not answer (it then fails open)."""
    of_link = rate == WRONG_TRIES_OF_LINK
    value = link.link_id if of_link else f"{link.link_id}:{home_of(client_address(request))}"
    usage: dict[str, Any] | None = get_usage(
        request, group=f"links.gate.{count}", key=lambda _group, _request: value, rate=rate, increment=increment
    )
    return usage


def _wait(usage: dict[str, Any]) -> int:
    return max(1, int(usage["time_left"]))
