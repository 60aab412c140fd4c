"""Every write to bans."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.errors import FieldError, InvalidFields, NotFound
from apikeys.models import ApiKey
from audit.services import record
from store.models import Ban, Store
from store.players import player_key
from store.services.periods import check_future

IDENTITIES = {"player_username": "playerUsername", "player_uuid": "playerUuid", "ip_address": "ipAddress"}


class BanChanges(TypedDict, total=False):
    """What of a ban may change. expires_at: None is for good."""

    reason: str
    expires_at: datetime | None
    is_active: bool


class BanFields(BanChanges, total=False):
    """What a ban may be given. player_uuid, ip_address: in the forms of `store.identities`."""

    player_username: str | None
    player_uuid: str | None
    ip_address: str | None


@transaction.atomic
def create_ban(
    *, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[BanFields]
) -> Ban:
    """Create a ban; a reason and a name, a UUID or an address are needed.

    Raises InvalidFields (400).
    """
    if not any(fields.get(name) for name in IDENTITIES):
        sentence = f"one of {', '.join(IDENTITIES.values())} is needed"
        raise InvalidFields(errors=(FieldError("", "required", sentence),))
    check_future("expiresAt", fields.get("expires_at"))
    ban = Ban(store=store, **fields)
    ban.player_key = player_key(ban.player_username) if ban.player_username else None
    ban.save(force_insert=True)
    data = {"fields": sorted(fields)}
    record("ban.created", target=ban, account_id=store.account_id, user=user, key=key, data=data)
    return ban


@transaction.atomic
def update_ban(
    *, ban: Ban, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[BanChanges]
) -> Ban:
    """Change the given fields of a ban and no other; whom it names stays.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) for an expiry that has passed.
    """
    locked = Ban.objects.of_store(store).select_for_update().filter(pk=ban.pk).first()
    if locked is None:
        raise NotFound
    if not fields:
        return locked
    check_future("expiresAt", fields.get("expires_at"))
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    data = {"fields": sorted(fields)}
    record("ban.updated", target=locked, account_id=store.account_id, user=user, key=key, data=data)
    return locked


@transaction.atomic
def delete_ban(*, ban: Ban, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Lift a ban and forget it.

    Raises NotFound (404) when it was deleted already.
    """
    deleted, _ = Ban.objects.of_store(store).filter(pk=ban.pk).delete()
    if not deleted:
        raise NotFound
    record("ban.deleted", target=ban, account_id=store.account_id, user=user, key=key)
