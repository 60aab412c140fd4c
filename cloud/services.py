"""Every write of sign-in with Flux ids.

Giving out a phrase leaves no audit event: nobody has done anything yet.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.services import record
from cloud import arrivals, limits, phrases
from cloud.errors import FluxIdTaken, InvalidSignature, NoSuchSession, PhraseOver, TooManyFluxIds
from cloud.identities import canonical
from cloud.models import Arrival, Cutoff, FluxIdentity, Kind, LoginPhrase, Session
from cloud.moments import at_ms, now_ms
from cloud.querysets import SessionQuerySet
from cloud.shapes import provided, signed_in
from cloud.signatures import VERIFIED

MAX_IDENTITIES = 10


def issue_phrase() -> LoginPhrase:
    """Give out a new login phrase, good for one sign-in within 15 minutes."""
    moment = now_ms()
    created_at = at_ms(moment)
    expires_at = created_at + timedelta(milliseconds=phrases.VALID_MS)
    return LoginPhrase.objects.create(phrase=phrases.make(moment), created_at=created_at, expires_at=expires_at)


def sign_in(*, zelid: str, phrase: str, signature: str) -> Session:
    """Open a session of 14 days, counted from the phrase's time, and use the phrase up.

    Of sign-ins with one phrase at once exactly one succeeds. Raises PhraseOver (401), InvalidSignature (401),
    which leaves the phrase good, TooMany (429) after 30 sign-ins of the id a minute.
    """
    _check(zelid, phrase, signature)
    with transaction.atomic():
        _use_up(phrase)
        session = Session.objects.create(phrase=phrase, **_columns(zelid, phrase))
        until = session.created_at + timedelta(milliseconds=phrases.VALID_MS)
        arrivals.leave(Kind.SIGN_IN, phrase, signed_in(session, signature), until=until)
        record("cloud.signed_in", target=session, data={"zelid": zelid})
    return session


def prove(*, zelid: str, phrase: str, signature: str) -> None:
    """Use a phrase up without opening a session: its signer holds the id. Raises what `sign_in` raises."""
    _check(zelid, phrase, signature)
    with transaction.atomic():
        _use_up(phrase)
        record("cloud.flux_id_proved", data={"zelid": zelid})


def provide_signature(*, zelid: str, message: str, signature: str) -> dict[str, Any]:
    """Leave a signature for a page that waits for it, for 15 minutes; the newest of an identifier counts.

    Nobody's word is taken for it: whoever receives it checks it against what they asked to be signed. Returns
    what the page is told.
    """
    moment = now_ms()
    until = at_ms(moment + phrases.VALID_MS)
    identifier = zelid + message[-13:]
    with transaction.atomic():
        payload = provided(identifier, signature, created_at=at_ms(moment), expires_at=until)
        arrivals.leave(Kind.SIGNATURE, identifier, payload, until=until)
        record("cloud.signature_provided", target=f"cloud.signature:{identifier}")
    return payload


@transaction.atomic
def log_out(*, zelid: str, phrase: str) -> None:
    """End the session of a phrase; one that its signer made up never counts again either."""
    columns = _columns(zelid, phrase) | {"ended_at": timezone.now()}
    _, is_new = Session.objects.get_or_create(phrase=phrase, defaults=columns)
    if not is_new:
        _end(Session.objects.of(zelid).live().filter(phrase=phrase))
    record("cloud.signed_out", data={"zelid": zelid})


@transaction.atomic
def log_out_phrase(*, zelid: str, phrase: str) -> None:
    """End one of the id's own sessions. Raises NoSuchSession (404) for another's as for none."""
    own = Session.objects.of(zelid).live()
    if not phrases.is_phrase(phrase) or not _end(own.filter(phrase=phrase)):
        raise NoSuchSession
    record("cloud.signed_out", data={"zelid": zelid})


@transaction.atomic
def log_out_everywhere(*, zelid: str) -> None:
    """End all sessions of an id, and whatever phrases it made up until now."""
    ended = _end(Session.objects.of(zelid).live())
    _cut_off(canonical(zelid))
    record("cloud.signed_out_everywhere", data={"zelid": zelid, "sessions": ended})


@transaction.atomic
def log_out_everybody(*, zelid: str) -> None:
    """End all sessions of everybody. zelid: of the operator who does it."""
    ended = _end(Session.objects.live())
    _cut_off("")
    record("cloud.everybody_signed_out", data={"zelid": zelid, "sessions": ended})


@transaction.atomic
def link_identity(*, user: User, zelid: str) -> FluxIdentity:
    """Let a Flux id, whose holder has just signed a phrase, sign a person in to the platform.

    Raises FluxIdTaken (409), TooManyFluxIds (409) for the eleventh.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if FluxIdentity.objects.of(user).count() >= MAX_IDENTITIES:
        raise TooManyFluxIds
    try:
        with transaction.atomic():
            identity = FluxIdentity.objects.create(user=user, zelid=zelid, owner=canonical(zelid))
    except IntegrityError:
        raise FluxIdTaken from None
    record("cloud.flux_id_linked", target=identity, user=user, data={"zelid": zelid})
    return identity


@transaction.atomic
def unlink_identity(*, identity: FluxIdentity, actor: User) -> None:
    """Let a Flux id no longer sign its person in."""
    record("cloud.flux_id_unlinked", target=identity, user=actor, data={"zelid": identity.zelid})
    identity.delete()


@transaction.atomic
def note_person_signed_in(*, identity: FluxIdentity) -> None:
    """Write down that a Flux id was accepted for its person; a second factor may still be asked for."""
    record("cloud.person_signed_in", target=identity, user=identity.user, data={"zelid": identity.zelid})


def pin_session(*, session_id: int, node: str, instead_of: str) -> str:
    """Let a session's calls go to a node from now on; return the one that counts.

    Another process may have been first. Leaves no audit event: nobody decided anything.
    """
    row = Session.objects.filter(pk=session_id)
    row.filter(node=instead_of).update(node=node)
    return row.values_list("node", flat=True).first() or node


def _check(zelid: str, phrase: str, signature: str) -> None:
    if not phrases.is_phrase(phrase) or not LoginPhrase.objects.live().filter(pk=phrase).exists():
        raise PhraseOver
    if not VERIFIED.is_signed(zelid, phrase, signature):
        raise InvalidSignature
    limits.count_sign_in(zelid)


def _use_up(phrase: str) -> None:
    # Whoever deletes the row has the phrase; everybody else finds none.
    if not LoginPhrase.objects.live().filter(pk=phrase).delete()[0]:
        raise PhraseOver


def _columns(zelid: str, phrase: str) -> dict[str, Any]:
    """Return the columns of a phrase's session; its time is the phrase's, to the millisecond."""
    created_at = at_ms(int(phrase[: phrases.TIME_DIGITS]))
    return {
        "zelid": zelid,
        "owner": canonical(zelid),
        "created_at": created_at,
        "expires_at": created_at + timedelta(milliseconds=phrases.SESSION_MS),
    }


def _end(sessions: SessionQuerySet) -> int:
    """End sessions, and forget the signatures that a page could still wait for; return how many there were."""
    Arrival.objects.filter(kind=Kind.SIGN_IN, key__in=sessions.values("phrase")).delete()
    return sessions.update(ended_at=timezone.now())


def _cut_off(owner: str) -> None:
    """Let phrases that were made up until now count no more, where such phrases count at all."""
    if settings.CLOUD.user_window_seconds or settings.CLOUD.owner_window_seconds:
        Cutoff.objects.update_or_create(owner=owner, defaults={"at": timezone.now()})
