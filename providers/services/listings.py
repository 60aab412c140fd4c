"""Opening listings, and what the directory's staff say about them."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields
from audit.services import record
from providers.errors import SlugTaken
from providers.models import SLUG_PATTERN, Provider
from providers.services.derived import derive
from providers.services.naming import name_key, save_named

# The directory's own routes below `/api/providers/` and `/providers/`, present and planned.
RESERVED_SLUGS = frozenset(
    {"schema", "compare", "country", "tier", "feed", "export", "search", "new", "api", "admin"}
)


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
    at: datetime | None = None,
) -> Provider:
    """Open a listing. slug: 2–64 of `a-z0-9-`, for good. at: when it was opened; now unless given.

    Raises InvalidFields (400), SlugTaken (409), NameTaken (409).
    """
    if faults := faults_of_slug(slug):
        raise InvalidFields(errors=faults)
    if Provider.objects.filter(slug=slug).exists():
        raise SlugTaken
    provider = Provider(
        account=account,
        slug=slug,
        name=name,
        name_key=name_key(name),
        description=description,
        is_demo=is_demo,
        is_live=is_live,
        created_at=at or timezone.now(),
        updated_at=at or timezone.now(),
    )
    derive(provider, {"name": name})
    try:
        with transaction.atomic():
            save_named(provider, force_insert=True)
    except IntegrityError:
        if Provider.objects.filter(slug=slug).exists():
            raise SlugTaken from None
        raise
    data = {"slug": slug, "is_demo": is_demo, "is_live": is_live}
    record("provider.created", target=provider, account_id=account.pk, user=actor, data=data)
    return provider


def faults_of_slug(slug: str) -> tuple[FieldError, ...]:
    """Return what is wrong with a slug, if anything, whoever has it."""
    if slug in RESERVED_SLUGS:
        return (FieldError("slug", "reserved", "is an address of the directory itself"),)
    if 2 <= len(slug) <= 64 and re.fullmatch(SLUG_PATTERN, slug):
        return ()
    return (FieldError("slug", "invalid", "must be 2 to 64 of a-z, 0-9 and single -"),)


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
        save_named(row, update_fields=[*changed, "updated_at"])
        record("provider.standing_set", target=row, account_id=row.account_id, user=actor, data=changed)
    return row
