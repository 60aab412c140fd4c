"""What a fetched feed does to its listing, its schedule and the log: in one transaction, under a valid lease."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from api.errors import FieldError
from audit.services import record
from providers import reports, schedule, services
from providers.claims import end_turn
from providers.errors import NameTaken
from providers.fetching import Attempt, attempt, state_of, validators_of
from providers.models import Provider, PullSource, RunStatus, Source, SyncRun, Trigger
from providers.names import api_name
from providers.services import Update

log = structlog.get_logger(__name__)


class _LeaseLost(Exception):
    """The lease ran out, or the settings changed meanwhile: another pull decides."""


def pull(source: PullSource) -> SyncRun | None:
    """Fetch and conclude one claimed source; None when its lease was lost meanwhile."""
    return conclude(attempt(source, trigger_of(source)))


def trigger_of(source: PullSource) -> Trigger:
    """Return what a claimed source is pulled for."""
    return Trigger.SCHEDULE if source.refresh_at is None else Trigger.REFRESH


def conclude(done: Attempt) -> SyncRun | None:
    """Apply what was fetched, plan the next pull, log the run, and let others have the host.

    None when the lease was lost: nothing is written then.
    """
    try:
        try:
            return _concluded(done)
        except NameTaken as error:
            return _concluded(without_name(done, error))
    except _LeaseLost:
        end_turn(done.source.host, done.source.lease)
        log.info("pull_discarded", source_id=done.source.pk)
        return None


@transaction.atomic
def _concluded(done: Attempt) -> SyncRun:
    run, changes = _applied(done) if done.failure is None else _failed(done)
    # After the listing's row, so that it is locked before the source's, here as everywhere.
    _give_back(done.source, changes)
    run.save(force_insert=True)
    end_turn(done.source.host, done.source.lease)
    return run


def without_name(done: Attempt, error: NameTaken) -> Attempt:
    """Return the attempt with its name among what is invalid: another listing has it, and the rest is applied."""
    if done.reading is None:
        raise error
    fields = {attribute: value for attribute, value in done.reading.fields.items() if attribute != "name"}
    invalid = done.reading.invalid + error.errors
    return replace(done, reading=replace(done.reading, fields=fields, invalid=invalid))


def _give_back(source: PullSource, changes: Mapping[str, Any]) -> None:
    """End the lease and set the source's new state. Raises _LeaseLost when it is not ours any more."""
    held = PullSource.objects.filter(pk=source.pk, lease=source.lease)
    if not held.update(lease=None, lease_until=None, refresh_at=None, **changes):
        raise _LeaseLost


def _applied(done: Attempt) -> tuple[SyncRun, dict[str, Any]]:
    """Return the run and the source's new state after an answer that can be used."""
    now, source = timezone.now(), done.source
    changes: dict[str, Any] = {
        "failures": 0,
        "last_run_at": now,
        "last_success_at": now,
        "next_due_at": schedule.after_success(now, source.interval, random.random()),  # noqa: S311 - no secret
    }
    if done.reading is None or done.fetched is None:
        Provider.objects.filter(pk=source.provider_id).update(last_pull_at=now)
        return run_of(done, RunStatus.NOT_MODIFIED), changes
    fields = done.reading.fields
    update = services.apply_in_transaction(
        services.Proposal(provider=source.provider, fields=fields, source=Source.PULL)
    )
    if update.held or getattr(source, "has_held", True):
        services.hold_changes(provider=update.provider, update=update, fields=fields)
    changes |= {**validators_of(done.fetched), "seen_state": state_of(update.provider)}
    status = RunStatus.APPLIED if update.differences else RunStatus.UNCHANGED
    return run_of(done, status, **outcome(update, fields)), changes


def outcome(update: Update, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what became of each field, as the log has it."""
    applied = [difference.field for difference in update.differences]
    held = [difference.field for difference in update.held]
    told = {*applied, *held, *update.skipped}
    unchanged = [name for name in map(api_name, fields) if name not in told]
    return {"applied": applied, "unchanged": unchanged, "skipped": list(update.skipped), "held": held}


def run_of(done: Attempt, status: RunStatus, **fields: Any) -> SyncRun:
    """Return the log's row of an attempt, not yet saved."""
    told = done.failure or done.reading
    return SyncRun(
        provider_id=done.source.provider_id,
        trigger=done.trigger,
        started_at=done.started_at,
        elapsed_ms=done.elapsed_ms,
        status=status,
        http_status=done.fetched.status if done.fetched else None,
        received_bytes=done.fetched.received_bytes if done.fetched else 0,
        invalid=_plain(told.invalid if told else ()),
        ignored=_plain(done.reading.ignored if done.reading else ()),
        error_code=done.failure.code if done.failure else "",
        error_message=done.failure.message[:300] if done.failure else "",
        **fields,
    )


def _failed(done: Attempt) -> tuple[SyncRun, dict[str, Any]]:
    """Return the run and the source's new state after a failure."""
    now, source, failure = timezone.now(), done.source, done.failure
    if failure is None:
        raise ValueError("the attempt did not fail")
    failures = source.failures + 1
    next_due_at: datetime | None = None
    if failure.pause:
        data = {"reason": failure.pause.value}
        record("provider.pull_paused", target=source, account_id=source.provider.account_id, data=data)
        reports.pull_paused(source, failure.pause)
    else:
        dice = random.random()  # noqa: S311 - no secret
        next_due_at = schedule.after_failure(now, failures, dice, failure.retry_after)
    changes = {"failures": failures, "last_run_at": now, "next_due_at": next_due_at}
    return run_of(done, RunStatus.FAILED), changes | {"paused_reason": failure.pause}


def _plain(faults: tuple[FieldError, ...]) -> list[dict[str, str]]:
    return [{"field": fault.field, "code": fault.code, "message": fault.message} for fault in faults]
