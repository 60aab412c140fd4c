"""How often an address and a Flux id may knock: 30 times a minute each, in the platform's own exact windows."""

from django.http import HttpRequest

from api.addresses import client_address, home_of
from apikeys.windows import Window, rate_windows
from cloud.errors import TooMany
from cloud.identities import canonical
from plans.catalogue import DEFAULT_RATE_PER_MINUTE


def count_address(request: HttpRequest, what: str) -> None:
    """Count a call of an address (IPv6: of its /64). what: names the bucket.

    Raises TooMany (429) after 30 a minute.
    """
    _count(f"flux:{what}:{home_of(client_address(request))}", request)


def count_caller(request: HttpRequest, zelid: str) -> None:
    """Count a call that a Flux id signed, from wherever it came. Raises TooMany (429) after 30 a minute."""
    _count(f"flux:id:{canonical(zelid)}", request)


def count_sign_in(zelid: str) -> None:
    """Count a sign-in whose signature is right: wrong ones must not lock out whose id they name.

    Raises TooMany (429) after 30 a minute.
    """
    _count(f"flux:sign-in:{canonical(zelid)}")


def _count(bucket: str, request: HttpRequest | None = None) -> Window:
    window = rate_windows().hit(bucket, DEFAULT_RATE_PER_MINUTE)
    if request is not None:
        request.rate_window = window  # type: ignore[attr-defined]  # read by `apikeys.throttling.window_of`
    if window.exceeded:
        raise TooMany(retry_after_seconds=window.retry_after_seconds)
    return window
