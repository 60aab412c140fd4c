"""The phrase that a browser was shown, and what came back for it from a wallet.

A signed cookie holds the phrase for its fifteen minutes, so that only the browser that showed it can go on with
it, and reloading a page gives out no new one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from api.context import current_network
from cloud import arrivals, inputs, limits, phrases, services
from cloud.errors import NothingArrived, PhraseOver
from cloud.models import Kind
from cloud.moments import at_ms, now_ms

COOKIE = "flux_phrase"
SALT = "cloud.signin"
VALID_SECONDS = phrases.VALID_MS // 1000
# A phrase that is about to run out is not worth being signed.
LEAST_MS = 2 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """Who signed the phrase. is_used: a wallet sent it to `/id/verifylogin` itself, and so used it up."""

    zelid: str
    phrase: str
    signature: str
    is_used: bool


def shown_phrase(request: HttpRequest) -> str | None:
    """Return the phrase of this browser, None when there is none or its time is over."""
    phrase: str | None = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=VALID_SECONDS)
    return phrase


def phrase_to_show(request: HttpRequest) -> str:
    """Return the browser's phrase if it can still be signed in good time, else a new one.

    Raises TooMany (429) after 30 new ones a minute.
    """
    phrase = shown_phrase(request)
    window_ms = phrases.VALID_MS - LEAST_MS
    if phrase and phrases.is_within(phrase, now_ms=now_ms(), window_ms=window_ms) and arrivals.is_awaited(phrase):
        return phrase
    limits.count_address(request, "phrase")
    return services.issue_phrase().phrase


def keep(response: HttpResponse, phrase: str) -> None:
    """Let the browser go on with the phrase."""
    response.set_signed_cookie(
        COOKIE,
        phrase,
        salt=SALT,
        max_age=VALID_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def proof_of(request: HttpRequest) -> Proof:
    """Return what the posted form proves.

    Raises PhraseOver (401) when this browser was not shown the form's phrase, NothingArrived (409) when no wallet
    has answered yet, BadSignIn (400). A signature that is typed in is not checked here.
    """
    phrase = shown_phrase(request)
    if phrase is None or request.POST.get("loginPhrase") != phrase:
        raise PhraseOver
    if request.POST.get("way") == "arrived":
        payload = arrivals.arrived_from(current_network(), Kind.SIGN_IN, phrase)
        if payload is None:
            raise NothingArrived
        return Proof(payload["zelid"], phrase, payload["signature"], is_used=True)
    fields = {name: request.POST.get(name, "").strip() for name in ("zelid", "signature")}
    login = inputs.login_of(fields | {"loginPhrase": phrase}, now_ms=now_ms())
    return Proof(login.zelid, phrase, login.signature, is_used=False)


def wallet_context(phrase: str) -> dict[str, Any]:
    """Return what `cloud/wallets.html` is drawn with."""
    left_ms = max(0, int(phrase[: phrases.TIME_DIGITS]) + phrases.VALID_MS - now_ms())
    link = zelcore_link(phrase)
    return {
        "phrase": phrase,
        "ends_at": end_of(phrase),
        "seconds_left": left_ms // 1000,
        "minutes_left": -(-left_ms // 60_000),
        "site": urlsplit(settings.BASE_URL).netloc,
        "zelcore_link": link,
        "qr": _qr(link),
    }


def end_of(phrase: str) -> datetime:
    """Return when a phrase runs out."""
    return at_ms(int(phrase[: phrases.TIME_DIGITS]) + phrases.VALID_MS)


def zelcore_link(phrase: str) -> str:
    """Return the address that opens ZelCore, which sends the signature to `/id/verifylogin` itself."""
    query = {
        "action": "sign",
        "message": phrase,
        "icon": settings.BASE_URL + static("favicon.svg"),
        "callback": f"{settings.BASE_URL}/id/verifylogin",
    }
    return "zel:?" + urlencode(query)


def _qr(text: str) -> SafeString:
    """Return the code as SVG; nothing in it comes from a person."""
    code = segno.make_qr(text, error="m")
    drawing = code.svg_inline(border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    title = "QR code that opens ZelCore"
    return mark_safe(drawing.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1))  # noqa: S308
