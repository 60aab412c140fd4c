"""The one way into a listing, for pushes, pulls, people and imports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from apikeys.models import ApiKey
from audit.services import record
from providers.errors import PreconditionFailed
from providers.guards import is_suspicious
from providers.models import Change, Provider, Source, Tier
from providers.names import api_name
from providers.provenance import HELD_BY_PINS, PINNING, marked, pinned_fields, released
from providers.services.cautions import cautions
from providers.services.derived import derive
from providers.services.differences import Difference, Update, differences_of, plain
from providers.services.naming import name_key, save_named

# The last sign of life that each way of sending leaves.
_SIGNS_OF_LIFE = {Source.PUSH: "last_push_at", Source.PULL: "last_pull_at"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What somebody wants a listing to say.

    fields: validated, attribute → value; tiers are a list of `{"tier", "price", "plan_name"}` that replaces all.
    if_match: the ETags that a client accepts, `*` for any, compared under the row's lock. guarded: a pull's
    suspicious changes are held back; False applies what was held, which is no sign of life. at: when it happened,
    for histories that are told afterwards; now unless given.
    """

    provider: Provider
    fields: Mapping[str, Any]
    source: Source
    key: ApiKey | None = None
    actor: User | None = None
    if_match: Sequence[str] | None = None
    guarded: bool = True
    at: datetime | None = None

    def is_outdated(self, row: Provider) -> bool:
        """Return whether the listing is none of the versions that the client accepts."""
        return self.if_match is not None and "*" not in self.if_match and row.etag not in self.if_match


@transaction.atomic
def apply_update(proposal: Proposal) -> Update:
    """Apply what a proposal says to its listing; what equals the present value changes nothing.

    A push or pull counts as a sign of life even without a change. A push and an owner's edit pin what they name;
    a pull skips what is pinned, judged under the lock, so that a push which lands during a pull wins.

    Raises PreconditionFailed (412), NameTaken (409).
    """
    update = apply_in_transaction(proposal)
    # What is shown of the new prices is what this transaction sees.
    prefetch_related_objects([update.provider], "tiers")
    return update


def apply_in_transaction(proposal: Proposal) -> Update:
    """Do what `apply_update` does, without a savepoint, and without reading new prices back.

    Call it inside a transaction, which is spoilt when it raises.
    """
    row = Provider.objects.select_for_update().with_tiers().get(pk=proposal.provider.pk)
    if proposal.is_outdated(row):
        raise PreconditionFailed
    source, is_guarded = proposal.source, proposal.guarded
    allowed, skipped = _allowed(row, proposal.fields, source)
    found = differences_of(row, allowed)
    is_held = source == Source.PULL and is_guarded
    held = tuple(d for d in found if is_held and is_suspicious(d.attribute, d.old, d.new))
    differences = tuple(d for d in found if d not in held)
    sign = _SIGNS_OF_LIFE.get(source) if is_guarded else None
    _write(row, allowed, differences, source, sign, proposal.at or timezone.now())
    if differences:
        # A listing that says "still here" every minute is not worth an audit event each time.
        data = {"source": source, "version": row.version, "changed": [d.field for d in differences]}
        who = {"user": proposal.actor, "key": proposal.key}
        record("provider.updated", target=row, account_id=row.account_id, **who, data=data)
    return Update(row, differences, cautions(row, allowed), skipped, held)


def preview_update(proposal: Proposal) -> Update:
    """Do what `apply_update` does and take it all back: the same refusals, and nothing stays written."""
    with transaction.atomic():
        update = apply_update(proposal)
        transaction.set_rollback(True)
    return update


@transaction.atomic
def release_pin(
    *, provider: Provider, field: str, key: ApiKey | None = None, actor: User | None = None
) -> Provider:
    """Let pulls set a field again. field: the API's name. A field that is not pinned stays as it is."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if field in pinned_fields(row.provenance):
        row.provenance = released(row.provenance, field)
        row.updated_at = timezone.now()
        row.save(update_fields=["provenance", "updated_at"])
        data = {"field": field}
        record("provider.pin_released", target=row, account_id=row.account_id, user=actor, key=key, data=data)
    return row


def _allowed(
    row: Provider, fields: Mapping[str, Any], source: Source
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return what the source may set, and the API's names of what a pull must leave alone."""
    if source != HELD_BY_PINS:
        return fields, ()
    pinned = pinned_fields(row.provenance)
    names = {attribute: api_name(attribute) for attribute in fields}
    skipped = tuple(name for name in names.values() if name in pinned)
    return {attribute: fields[attribute] for attribute, name in names.items() if name not in pinned}, skipped


def _write(
    row: Provider,
    fields: Mapping[str, Any],
    differences: tuple[Difference, ...],
    source: Source,
    sign: str | None,
    now: datetime,
) -> None:
    """Write the new values, the marks, the sign of life, and for a change the next version and its log."""
    written = {"provenance"}
    if sign is not None:
        setattr(row, sign, now)
        written.add(sign)
    if differences or (source in PINNING and sign is None):
        row.updated_at = now
        written.add("updated_at")
    row.provenance = marked(
        row.provenance,
        source=source,
        at=now,
        sent=[api_name(attribute) for attribute in fields],
        changed=[d.field for d in differences],
    )
    if differences:
        written |= _change(row, differences, source, now)
    save_named(row, update_fields=written)


def _change(row: Provider, differences: tuple[Difference, ...], source: Source, now: datetime) -> set[str]:
    """Set the new values and the next version, log a line for each field, and return the columns to save."""
    written = {"version"}
    for difference in differences:
        if difference.attribute == "tiers":
            _replace_tiers(row, difference.new)
        else:
            setattr(row, difference.attribute, difference.new)
            written.add(difference.attribute)
    if "name" in written:
        row.name_key = name_key(row.name)
        written.add("name_key")
    row.version += 1
    written |= derive(row, {d.attribute: d.new for d in differences})
    Change.objects.bulk_create(
        Change(provider=row, version=row.version, at=now, source=source, **plain(difference.shown()))
        for difference in differences
    )
    return written


def _replace_tiers(row: Provider, tiers: Sequence[Mapping[str, Any]]) -> None:
    # Prices change under the lock of their listing only, so that none can have come since they were read.
    if row.tiers.all():
        Tier.objects.filter(provider=row).delete()
    Tier.objects.bulk_create(Tier(provider=row, position=n, **tier) for n, tier in enumerate(tiers))
    # Forgets those that were read.
    row.refresh_from_db(fields=["tiers"])
