"""Who makes a request: the `zelidauth` header, checked.

The session is read at every call, so that one which any process ended a moment ago is refused; the signature,
which cannot change, is computed once in a process.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from api.addresses import client_address, home_of
from apikeys.authentication import count_failure
from cloud import phrases, tiers, zelidauth
from cloud.identities import canonical, is_flux_id
from cloud.models import Cutoff
from cloud.moments import at_ms, now_ms
from cloud.privileges import privilege_of
from cloud.signatures import VERIFIED

_SQL = "SELECT id, owner, ended_at IS NULL AND expires_at > %s FROM cloud_session WHERE phrase = %s"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request.

    zelid: their Flux id, None for nobody. privilege: `public`, `user`, `admin` or `fluxteam`. session_id: None
    without a session row. phrase: the login phrase of the header.
    """

    zelid: str | None = None
    privilege: str = "public"
    session_id: int | None = None
    phrase: str | None = None


PUBLIC = Caller()


def caller_of(request: HttpRequest | Request) -> Caller:
    """Return who signed the request; PUBLIC without a header, and for one that does not hold.

    Raises TooManyRequests (429) after 30 wrong signatures a minute from one address.
    """
    django_request: Any = request._request if isinstance(request, Request) else request
    caller: Caller | None = getattr(django_request, "flux_caller", None)
    if caller is None:
        caller = django_request.flux_caller = _read(django_request)
    return caller


def may_call(caller: Caller, tier: str, *, owner: str | None = None) -> bool:
    """Return whether the caller may make a call of the tier.

    owner: as in `tiers.allows`. A caller without a session counts for the tier's own window alone.
    """
    if tier != "public" and caller.session_id is None and caller.phrase is not None:
        is_owners = tier.startswith("appowner")
        seconds = settings.CLOUD.owner_window_seconds if is_owners else settings.CLOUD.user_window_seconds
        if not phrases.is_within(caller.phrase, now_ms=now_ms(), window_ms=1000 * seconds):
            return False
    return tiers.allows(tier, zelid=caller.zelid, privilege=caller.privilege, owner=owner)


def holder_of(claim: zelidauth.Claim) -> Caller | None:
    """Return who holds a claim; PUBLIC when it does not hold, None when its signature is wrong besides.

    A signature is looked at only where it could open something: without a live session, and outside the windows in
    which phrases count that their signers made up, there is nothing to compute.
    """
    if not is_flux_id(claim.zelid) or not phrases.is_phrase(claim.phrase):
        return PUBLIC
    owner = canonical(claim.zelid)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_SQL, (now, claim.phrase))
        row = cursor.fetchone()
    session_id, is_open = (row[0], row[1] == owner and bool(row[2])) if row else (None, _counts_alone(claim))
    if not is_open:
        return PUBLIC
    if not VERIFIED.is_signed(claim.zelid, claim.phrase, claim.signature):
        return None
    # Above other people's ids stands only who signed in here.
    privilege = privilege_of(claim.zelid) if session_id else "user"
    return Caller(claim.zelid, privilege, session_id, claim.phrase)


def _read(request: HttpRequest) -> Caller:
    header = request.META.get("HTTP_ZELIDAUTH")
    claim = zelidauth.parse(header) if header else None
    holder = holder_of(claim) if claim else PUBLIC
    if holder is None:
        count_failure(home_of(client_address(request)))
        return PUBLIC
    return holder


def _counts_alone(claim: zelidauth.Claim) -> bool:
    """Return whether a phrase without a session counts: within the operator's windows, not logged out since."""
    window_ms = 1000 * max(settings.CLOUD.user_window_seconds, settings.CLOUD.owner_window_seconds)
    if not window_ms or not phrases.is_within(claim.phrase, now_ms=now_ms(), window_ms=window_ms):
        return False
    made_at = at_ms(phrases.moment_of(claim.phrase) or 0)
    return not Cutoff.objects.filter(owner__in=("", canonical(claim.zelid)), at__gte=made_at).exists()
