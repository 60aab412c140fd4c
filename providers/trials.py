"""A pull that changes nothing: fetches now, and shows what came, what was made of it, and what it would change."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from api.errors import FieldError
from providers.claims import LEASE, end_turn, take_turns
from providers.errors import HostBusy, NameTaken, TooManyTrials, TrialUnderWay
from providers.fetching import Attempt, attempt
from providers.models import HostTurn, PullSource, RunStatus, Source, SyncRun, Trigger
from providers.places import Places
from providers.pulling import outcome, run_of, without_name
from providers.services import Proposal, Update, preview_update

MAX_SHOWN_BYTES = 64 * 1024
_WAIT_SECONDS = 3.0
_LOOK_SECONDS = 0.1
# A test holds a thread of the web server for up to 13 seconds.
_places = Places()


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test showed. run: its row in the log. raw: the body as text, None without an answer."""

    run: SyncRun
    raw: str | None
    is_raw_cut: bool
    mapped: dict[str, Any]
    difference: list[dict[str, Any]]
    held: list[dict[str, Any]]
    warnings: tuple[FieldError, ...]


def try_pull(source: PullSource) -> Trial:
    """Fetch a source, saved or drafted, and compare it with its listing; the run in the log is all that stays.

    Waits up to 3 s for other pulls of the host. Raises HostBusy (409), TrialUnderWay (409) while the account has
    another one running, TooManyTrials (409).
    """
    with place(), turn_of_account(source.provider.account_id), _turn(source.host):
        done = attempt(source, Trigger.TEST)
    body = done.fetched.body if done.fetched else None
    raw = None if body is None else body[:MAX_SHOWN_BYTES].decode("utf-8", "replace")
    is_cut = body is not None and len(body) > MAX_SHOWN_BYTES
    update, run = _compared(done)
    run.save(force_insert=True)
    return Trial(
        run=run,
        raw=raw,
        is_raw_cut=is_cut,
        mapped=done.reading.mapped if done.reading else {},
        difference=[difference.shown() for difference in update.differences] if update else [],
        held=[difference.shown() for difference in update.held] if update else [],
        warnings=update.warnings if update else (),
    )


def _compared(done: Attempt) -> tuple[Update | None, SyncRun]:
    if done.reading is None:
        return None, run_of(done, RunStatus.FAILED)
    fields = done.reading.fields
    try:
        update = preview_update(Proposal(provider=done.source.provider, fields=fields, source=Source.PULL))
    except NameTaken as error:
        return _compared(without_name(done, error))
    status = RunStatus.APPLIED if update.differences else RunStatus.UNCHANGED
    return update, run_of(done, status, **outcome(update, fields))


@contextmanager
def place() -> Iterator[None]:
    """Hold one of the few places that tests have in this process. Raises TooManyTrials (409)."""
    if not _places.take():
        raise TooManyTrials
    try:
        yield
    finally:
        _places.give_back()


@contextmanager
def turn_of_account(account_id: int) -> Iterator[None]:
    """Hold the account's one turn, which no host can be named like. Raises TrialUnderWay (409)."""
    name, lease = f"tests of account {account_id}", uuid.uuid4()
    if not _has_turn(name, lease):
        raise TrialUnderWay
    try:
        yield
    finally:
        end_turn(name, lease)


@contextmanager
def _turn(host: str) -> Iterator[None]:
    """Hold the turn at a host. Raises HostBusy (409)."""
    lease, patience = uuid.uuid4(), time.monotonic() + _WAIT_SECONDS
    while not _has_turn(host, lease):
        if time.monotonic() > patience:
            raise HostBusy
        time.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        end_turn(host, lease)


@transaction.atomic
def _has_turn(host: str, lease: uuid.UUID) -> bool:
    now = timezone.now()
    # One whose worker was killed.
    HostTurn.objects.filter(host=host, until__lte=now).delete()
    return bool(take_turns([host], lease=lease, until=now + LEASE))
