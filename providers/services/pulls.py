"""The settings of pulls, pulls out of turn, and what is thrown away after its time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from providers import sealing
from providers.errors import NoPull, PulledJustNow, PullPaused, PullUnderWay
from providers.models import AuthKind, PauseReason, Provider, PullSource, SyncRun
from providers.pull_settings import host_of, read_settings

KEEP_RUNS = timedelta(days=90)
BETWEEN_REFRESHES = timedelta(seconds=60)
_BATCH = 5_000
_SET = ("url", "format", "mapping", "interval_seconds", "auth_kind", "auth_name")


@transaction.atomic
def save_pull(
    *,
    provider: Provider,
    settings: Any,
    is_partial: bool,
    key: ApiKey | None = None,
    actor: User | None = None,
) -> PullSource:
    """Set up or change what a provider is pulled from. settings: JSON, see `providers.pull_settings.PullInput`.

    A change resumes a pause (unless the settings ask for one), forgets failures and conditions, and makes the pull
    due at once; a pull that is under way is thrown away. Without a change nothing is written.

    Raises InvalidFields (400), NoPull (404) for a partial change of nothing.
    """
    # The listing's row exists in any case, so that two who set up at once come one after the other.
    Provider.objects.select_for_update().only("pk").get(pk=provider.pk)
    present = PullSource.objects.select_for_update().filter(provider=provider).first()
    if present is None and is_partial:
        raise NoPull
    fields = read_settings(settings, present, is_partial=is_partial)
    source = drafted(provider, fields, present)
    changed = [name for name in _SET if present is None or getattr(present, name) != getattr(source, name)]
    changed += ["auth_secret"] if fields["secret"] is not None else []
    changed += ["paused"] if present is None or present.is_paused != source.is_paused else []
    if not changed:
        return source
    now = timezone.now()
    source.updated_at = now
    source.failures, source.etag, source.last_modified, source.seen_state = 0, "", "", ""
    source.lease = source.lease_until = source.refresh_at = None
    source.next_due_at = None if source.is_paused else now
    source.save()
    # Names only: an address may carry a token, a secret always is one.
    record(
        "provider.pull_saved",
        target=source,
        account_id=provider.account_id,
        user=actor,
        key=key,
        data={"changed": changed, "host": source.host},
    )
    return source


def drafted(provider: Provider, fields: Mapping[str, Any], present: PullSource | None) -> PullSource:
    """Return a source with the settings that `read_settings` gave, not saved."""
    source = PullSource(provider=provider)
    if present is not None:
        values = {f.attname: getattr(present, f.attname) for f in PullSource._meta.concrete_fields}
        source = PullSource(**values)
        source.provider = provider
        source._state.adding = False
    for name in _SET:
        setattr(source, name, fields[name])
    source.host = host_of(source.url)
    if fields["auth_kind"] == AuthKind.NONE:
        source.auth_secret = ""
    elif fields["secret"] is not None:
        source.auth_secret = sealing.seal(fields["secret"])
    source.paused_reason = PauseReason.OWNER if fields["is_paused"] else PauseReason.NONE
    return source


@transaction.atomic
def remove_pull(*, provider: Provider, key: ApiKey | None = None, actor: User | None = None) -> None:
    """Pull a provider no more, and forget the settings with their secret; the log stays. Raises NoPull (404)."""
    source = PullSource.objects.select_for_update().filter(provider=provider).first()
    if source is None:
        raise NoPull
    record("provider.pull_removed", target=source, account_id=provider.account_id, user=actor, key=key)
    source.delete()


@transaction.atomic
def request_refresh(*, provider: Provider, key: ApiKey | None = None, actor: User | None = None) -> PullSource:
    """Let a provider be pulled out of turn; the scheduler does so within a minute. Asking twice asks once.

    Raises NoPull (404), PullPaused (409), PullUnderWay (409), PulledJustNow (429).
    """
    source = PullSource.objects.select_for_update().filter(provider=provider).first()
    now = timezone.now()
    if source is None:
        raise NoPull
    if source.is_paused:
        raise PullPaused
    if source.lease_until is not None and source.lease_until > now:
        raise PullUnderWay
    if source.refresh_at is not None:
        return source
    if source.last_run_at is not None and now - source.last_run_at < BETWEEN_REFRESHES:
        wait = (source.last_run_at + BETWEEN_REFRESHES - now).total_seconds()
        raise PulledJustNow(
            retry_after_seconds=int(wait) + 1, message="The last pull is less than a minute ago; see the sync log."
        )
    source.refresh_at = source.next_due_at = now
    source.save(update_fields=["refresh_at", "next_due_at"])
    record("provider.refresh_requested", target=source, account_id=provider.account_id, user=actor, key=key)
    return source


def remove_old_runs() -> int:
    """Remove the runs that are older than 90 days, some thousands in a transaction; return how many."""
    removed = 0
    old = SyncRun.objects.filter(started_at__lt=timezone.now() - KEEP_RUNS).order_by("started_at")
    while some := list(old.values_list("pk", flat=True)[:_BATCH]):
        removed += SyncRun.objects.filter(pk__in=some).delete()[0]
    return removed


def renew_seals() -> int:
    """Seal anew what an older key sealed, so that the key can be taken away; return how many secrets."""
    renewed = 0
    for pk, sealed in PullSource.objects.exclude(auth_secret="").values_list("pk", "auth_secret").iterator():
        try:
            fresh = sealing.renewed(sealed)
        except sealing.SealBroken:
            # The next pull pauses it and tells the provider.
            continue
        if fresh is not None:
            # Only what is still the same: the settings may have been saved meanwhile.
            renewed += PullSource.objects.filter(pk=pk, auth_secret=sealed).update(auth_secret=fresh)
    return renewed
