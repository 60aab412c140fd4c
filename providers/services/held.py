"""Changes that the guard held back: kept for a person, and decided by one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from providers.errors import AlreadyDecided
from providers.models import HeldChange, HeldState, Provider, Source, TierName
from providers.names import WRITABLE, api_name
from providers.services.differences import Difference, Update, plain
from providers.services.updates import Proposal, apply_update

GUARDED = frozenset({"total_nodes", "tiers"})
_ATTRIBUTES = {api_name(attribute): attribute for attribute in WRITABLE}


# Within the pull's own transaction, whose fate it shares.
@transaction.atomic(savepoint=False)
def hold_changes(*, provider: Provider, update: Update, fields: Mapping[str, Any]) -> None:
    """Keep what an update held back, once for each field; what the same feed has set right is superseded.

    A value that was rejected is not asked about again until the feed brings another one.
    """
    told = {api_name(attribute) for attribute in GUARDED & fields.keys()}
    if not told:
        return
    now = timezone.now()
    # The listing's row is locked by the update, so that nobody else writes these.
    pending = {row.field: row for row in HeldChange.objects.of(provider).pending().filter(field__in=told)}
    for difference in update.held:
        row = pending.pop(difference.field, None)
        shown = plain(difference.shown())
        if row is not None:
            row.old, row.new, row.last_seen_at = shown["old"], shown["new"], now
            row.save(update_fields=["old", "new", "last_seen_at"])
        elif not _was_rejected(provider, difference, shown["new"]):
            HeldChange.objects.create(provider=provider, **shown)
            data = {"field": difference.field}
            record("provider.change_held", target=provider, account_id=provider.account_id, data=data)
    overtaken = [row.pk for row in pending.values() if row.field not in update.skipped]
    if overtaken:
        HeldChange.objects.filter(pk__in=overtaken).update(state=HeldState.SUPERSEDED, decided_at=now)


@transaction.atomic
def accept_change(*, held: HeldChange, actor: User | None = None, key: ApiKey | None = None) -> Update:
    """Apply a held change after all, unless a push has pinned its field since.

    Raises AlreadyDecided (409).
    """
    # First the listing, then its held changes, as a pull does.
    provider = Provider.objects.select_for_update().get(pk=held.provider_id)
    _decide(held, HeldState.ACCEPTED, actor)
    fields = {_ATTRIBUTES[held.field]: _restored(held.field, held.new)}
    update = apply_update(
        Proposal(provider=provider, fields=fields, source=Source.PULL, key=key, actor=actor, guarded=False)
    )
    data = {"field": held.field}
    record("provider.change_accepted", target=provider, account_id=provider.account_id, user=actor, data=data)
    return update


@transaction.atomic
def reject_change(*, held: HeldChange, actor: User | None = None) -> HeldChange:
    """Leave the listing as it is. Raises AlreadyDecided (409)."""
    provider = Provider.objects.select_for_update().get(pk=held.provider_id)
    _decide(held, HeldState.REJECTED, actor)
    data = {"field": held.field}
    record("provider.change_rejected", target=provider, account_id=provider.account_id, user=actor, data=data)
    return held


def _decide(held: HeldChange, state: HeldState, actor: User | None) -> None:
    seen_value = held.new
    pending = HeldChange.objects.pending().filter(pk=held.pk)
    if not pending.update(state=state, decided_at=timezone.now(), decided_by=actor):
        raise AlreadyDecided
    held.refresh_from_db()
    if held.new != seen_value:
        # A pull brought another value while the person looked at this one.
        raise AlreadyDecided


def _was_rejected(provider: Provider, difference: Difference, new: Any) -> bool:
    decided = HeldChange.objects.of(provider).filter(field=difference.field).exclude(state=HeldState.PENDING)
    last = decided.first()
    return last is not None and last.state == HeldState.REJECTED and last.new == new


def _restored(field: str, shown: Any) -> Any:
    """Return a value as updates take it; the log keeps decimals as texts."""
    if field != "tiers":
        return shown
    return [
        {"tier": TierName(item["tier"]), "price": Decimal(item["price"]), "plan_name": item["planName"]}
        for item in shown
    ]
