"""Every write to listings. Whatever brings a change, `apply_update` makes it: the source decides, not the way."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields
from apikeys.models import ApiKey
from audit.services import record
from providers import countries
from providers.errors import NameTaken, PreconditionFailed, SlugTaken
from providers.models import SLUG_PATTERN, Change, Provider, Source, Tier
from providers.names import WRITABLE, api_name

# The directory's own routes below `/api/providers/` and `/providers/`, present and planned.
RESERVED_SLUGS = frozenset({"schema", "compare", "feed", "search", "new", "api", "admin"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with its value before and after, as the attribute holds it; tiers as `tiers_of` shows them."""

    attribute: str
    old: Any
    new: Any

    @property
    def field(self) -> str:
        """Return the API's name of the field."""
        return api_name(self.attribute)

    def shown(self) -> dict[str, Any]:
        """Return field, old and new in the API's words."""
        return {"field": self.field, "old": self._shown(self.old), "new": self._shown(self.new)}

    def _shown(self, value: Any) -> Any:
        if self.attribute == "country" and value is not None:
            return countries.names()[value]
        if self.attribute == "tiers":
            return [{api_name(name): item for name, item in tier.items()} for tier in value]
        return value


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did: the listing after it with its tiers read, what changed, and what looks odd."""

    provider: Provider
    differences: tuple[Difference, ...]
    warnings: tuple[FieldError, ...]


@transaction.atomic
def apply_update(
    *,
    provider: Provider,
    fields: Mapping[str, Any],
    source: Source,
    key: ApiKey | None = None,
    if_match: Sequence[str] | None = None,
) -> Update:
    """Apply validated fields (attribute → value) to a listing; what equals the present value changes nothing.

    tiers: a list of `{"tier", "price", "plan_name"}` that replaces all. if_match: the ETags that a client
    accepts, `*` for any, compared under the row's lock. A push counts as a sign of life even without a change.

    Raises PreconditionFailed (412), NameTaken (409).
    """
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if if_match is not None and "*" not in if_match and row.etag not in if_match:
        raise PreconditionFailed
    differences = _differences(row, fields)
    now = timezone.now()
    if source == Source.PUSH:
        row.last_push_at = now
    if differences:
        _change(row, differences, source, now)
        data = {"source": source, "version": row.version, "changed": [d.field for d in differences]}
        record("provider.updated", target=row, account_id=row.account_id, key=key, data=data)
    else:
        # A listing that says "still here" every minute is not worth an audit event each time.
        row.save(update_fields=["last_push_at"])
    row = Provider.objects.with_tiers().get(pk=row.pk)
    return Update(row, differences, _warnings(row, fields))


def preview_update(
    *,
    provider: Provider,
    fields: Mapping[str, Any],
    source: Source,
    key: ApiKey | None = None,
    if_match: Sequence[str] | None = None,
) -> Update:
    """Do what `apply_update` does and take it all back: the same refusals, and nothing stays written."""
    with transaction.atomic():
        update = apply_update(provider=provider, fields=fields, source=source, key=key, if_match=if_match)
        transaction.set_rollback(True)
    return update


@transaction.atomic
def create_provider(
    *,
    account: Account,
    slug: str,
    name: str,
    description: str = "",
    is_demo: bool = False,
    is_live: bool = True,
    actor: User | None = None,
) -> Provider:
    """Open a listing. slug: 2–64 of `a-z0-9-`, for good.

    Raises InvalidFields (400), SlugTaken (409), NameTaken (409).
    """
    if len(slug) > 64 or not re.fullmatch(SLUG_PATTERN, slug):
        raise InvalidFields(errors=(FieldError("slug", "invalid", "must be 2 to 64 of a-z, 0-9 and single -"),))
    if slug in RESERVED_SLUGS or Provider.objects.filter(slug=slug).exists():
        raise SlugTaken
    provider = Provider(
        account=account,
        slug=slug,
        name=name,
        name_key=name_key(name),
        description=description,
        is_demo=is_demo,
        is_live=is_live,
    )
    _save_named(provider, force_insert=True)
    data = {"slug": slug, "is_demo": is_demo, "is_live": is_live}
    record("provider.created", target=provider, account_id=account.pk, user=actor, data=data)
    return provider


@transaction.atomic
def set_standing(
    *, provider: Provider, verified: bool, flux_labs_partner: bool, is_live: bool, actor: User | None = None
) -> Provider:
    """Set what the directory's staff say about a listing; the provider's own fields stay.

    Raises NameTaken (409) when a closed listing's name was given away in the meantime.
    """
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    wanted = {"verified": verified, "flux_labs_partner": flux_labs_partner, "is_live": is_live}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.updated_at = timezone.now()
        _save_named(row, update_fields=[*changed, "updated_at"])
        record("provider.standing_set", target=row, account_id=row.account_id, user=actor, data=changed)
    return row


def name_key(name: str) -> str:
    """Return a name as it is compared: case folded, accents composed, runs of white space one space."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def tiers_of(provider: Provider) -> list[dict[str, Any]]:
    """Return the prices in their order."""
    return [{"tier": t.tier, "price": t.price, "plan_name": t.plan_name} for t in provider.tiers.all()]


def _differences(row: Provider, fields: Mapping[str, Any]) -> tuple[Difference, ...]:
    found = []
    for attribute in WRITABLE:
        if attribute in fields:
            old = tiers_of(row) if attribute == "tiers" else getattr(row, attribute)
            if old != fields[attribute]:
                found.append(Difference(attribute, old, fields[attribute]))
    return tuple(found)


def _change(row: Provider, differences: tuple[Difference, ...], source: Source, now: datetime) -> None:
    """Write the new values, the next version and one line of the log for each field."""
    columns = [d.attribute for d in differences if d.attribute != "tiers"]
    for difference in differences:
        if difference.attribute == "tiers":
            _replace_tiers(row, difference.new)
        else:
            setattr(row, difference.attribute, difference.new)
    row.name_key = name_key(row.name)
    row.version += 1
    row.updated_at = now
    _save_named(row, update_fields=[*columns, "name_key", "version", "updated_at", "last_push_at"])
    Change.objects.bulk_create(
        Change(provider=row, version=row.version, at=now, source=source, **_plain(difference.shown()))
        for difference in differences
    )


def _replace_tiers(row: Provider, tiers: Sequence[Mapping[str, Any]]) -> None:
    row.tiers.all().delete()
    Tier.objects.bulk_create(Tier(provider=row, position=n, **tier) for n, tier in enumerate(tiers))


def _save_named(row: Provider, **how: Any) -> None:
    """Save, translating the database's "this name is taken" into NameTaken."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        if Provider.objects.live().filter(name_key=row.name_key).exclude(slug=row.slug).exists():
            raise NameTaken from None
        raise


def _warnings(row: Provider, fields: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return what looks like a mistake among the fields that were sent; nothing here is refused."""
    found = []
    if _exceeds(row, fields, "pnr_eligible_percent", "arcane_os_percent"):
        sentence = "is above arcaneOsPercent, but PNR needs ArcaneOS"
        found.append(FieldError("pnrEligiblePercent", "pnr_above_arcane_os", sentence))
    if _exceeds(row, fields, "sla", "uptime_percentage"):
        found.append(FieldError("sla", "sla_above_uptime", "promises more than uptimePercentage shows"))
    if fields.get("website") and row.website and row.website.lower().startswith("http:"):
        found.append(FieldError("website", "insecure_website", "is not encrypted; use https"))
    return tuple(found)


def _exceeds(row: Provider, fields: Mapping[str, Any], part: str, whole: str) -> bool:
    low: Decimal | None = getattr(row, whole)
    high: Decimal | None = getattr(row, part)
    return bool({part, whole} & fields.keys()) and low is not None and high is not None and high > low


def _plain(value: Any) -> Any:
    """Return a value as the log keeps it: decimals as texts without idle zeros."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
