"""Taking over a directory, one listing at a time: each is taken whole, or refused with every reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields, PlatformError
from providers.errors import SlugTaken
from providers.models import Provider, Source
from providers.serializers import read_fields
from providers.services.listings import create_provider, faults_of_slug
from providers.services.updates import Proposal, apply_update


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one listing. ignored: names that were not taken, and why. faults: why it was refused."""

    slug: str
    outcome: Literal["created", "updated", "unchanged", "refused"]
    ignored: tuple[FieldError, ...] = ()
    faults: tuple[FieldError, ...] = ()


def import_listing(*, account: Account, data: Any, may_update: bool, actor: User | None = None) -> Imported:
    """Open a listing with its fields, or update one of the account's. data: as a push, and a `slug`.

    Fields that Fluxme manages are never taken. Nothing of a refused listing stays written.
    """
    slug = data.get("slug") if isinstance(data, dict) else None
    shown = slug if isinstance(slug, str) else ""
    try:
        with transaction.atomic():
            return _import(account, data, shown, may_update, actor)
    except PlatformError as error:
        return Imported(shown, "refused", faults=error.errors or (FieldError("", error.code, error.message),))


def _import(account: Account, data: Any, slug: str, may_update: bool, actor: User | None) -> Imported:
    if not isinstance(data, dict):
        raise InvalidFields(errors=(FieldError("", "not_an_object", "must be a JSON object"),))
    provider = Provider.objects.filter(slug=slug).first()
    fields, ignored = _read(data, slug, is_new=provider is None)
    if provider is None:
        return _open(account, slug, fields, ignored, actor)
    if provider.account_id != account.pk or not may_update:
        raise SlugTaken
    update = apply_update(Proposal(provider=provider, fields=fields, source=Source.IMPORT, actor=actor))
    return Imported(slug, "updated" if update.differences else "unchanged", ignored)


def _read(data: Mapping[str, Any], slug: str, *, is_new: bool) -> tuple[Mapping[str, Any], tuple[FieldError, ...]]:
    """Return the fields and what is ignored. Raises InvalidFields (400) with every fault, the slug's first."""
    faults: tuple[FieldError, ...] = faults_of_slug(slug)
    if not data.get("slug"):
        faults = (FieldError("slug", "required", "is missing"),)
    elif not slug:
        faults = (FieldError("slug", "not_text", "must be a string"),)
    if is_new and "name" not in data:
        faults += (FieldError("name", "required", "a new listing needs one"),)
    try:
        fields, ignored = read_fields({name: value for name, value in data.items() if name != "slug"})
    except InvalidFields as error:
        raise InvalidFields(errors=faults + error.errors) from None
    if faults:
        raise InvalidFields(errors=faults)
    return fields, ignored


def _open(
    account: Account,
    slug: str,
    fields: Mapping[str, Any],
    ignored: tuple[FieldError, ...],
    actor: User | None,
) -> Imported:
    provider = create_provider(account=account, slug=slug, name=fields["name"], actor=actor)
    apply_update(Proposal(provider=provider, fields=fields, source=Source.IMPORT, actor=actor))
    return Imported(slug, "created", ignored)
