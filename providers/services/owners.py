"""What people do to their own listing."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from providers.errors import PreconditionFailed
from providers.models import Provider, Source
from providers.services.differences import Update
from providers.services.updates import Proposal, apply_update


@transaction.atomic
def edit_listing(*, provider: Provider, fields: Mapping[str, Any], seen_version: int, actor: User) -> Update:
    """Apply what a person typed in, unless a field changed since the version that they looked at.

    Unlike an ETag, a version does not move with the sign of life of a program that pushes every minute.
    Raises PreconditionFailed (412), NameTaken (409).
    """
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if row.version != seen_version:
        raise PreconditionFailed
    return apply_update(Proposal(provider=row, fields=fields, source=Source.OWNER, actor=actor))
