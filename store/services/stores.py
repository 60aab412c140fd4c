"""Opening stores, and their settings."""

from typing import TypedDict, Unpack
from zoneinfo import available_timezones

import pycountry
from django.db import transaction

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields, NotFound
from audit.services import record
from plans import entitlements
from store import money
from store.models import Store, TeamPermission
from store.services import sums
from store.teams import require

_UNKNOWN_ZONE = FieldError("timezone", "unknown", "must be an IANA time zone, e.g. Europe/Berlin")


class StoreSettings(TypedDict, total=False):
    """What of a store may change; its currency may not, because every amount is written in it."""

    name: str
    timezone: str
    bans_on_chargeback: bool


@transaction.atomic
def open_store(
    *,
    account: Account,
    name: str,
    currency: str = "EUR",
    timezone_name: str = "UTC",
    is_demo: bool = False,
    actor: User | None = None,
    by_operator: bool = False,
) -> Store:
    """Open a store under a random id.

    currency: ISO 4217 with at most three decimals. timezone_name: an IANA name. by_operator: made by the staff or
    from the shell, however many stores the plan allows.
    Raises InvalidFields (400), QuotaExhausted (403) when the plan allows no more stores, AccountClosed (403).
    """
    faults = []
    known = pycountry.currencies.get(alpha_3=currency)
    # pycountry ignores case, amounts do not.
    if known is None or known.alpha_3 != currency or money.exponent(currency) > money.MAX_EXPONENT:
        faults.append(FieldError("currency", "unknown", "must be an ISO 4217 currency, e.g. EUR"))
    if timezone_name not in available_timezones():
        faults.append(_UNKNOWN_ZONE)
    if faults:
        raise InvalidFields(errors=tuple(faults))
    entitlements.claim(account, "fluxstore", "stores", by_operator=by_operator)
    # 36^8 ids: a collision is less likely than a broken disk, and the unique index refuses it.
    store = Store.objects.create(
        account=account, name=name, currency=currency, timezone=timezone_name, is_demo=is_demo
    )
    sums.open_book(store)
    data = {"store_id": store.store_id, "currency": currency}
    record("store.opened", target=store, account_id=account.pk, user=actor, data=data)
    return store


@transaction.atomic
def update_store(
    *, store: Store, actor: User, by_operator: bool = False, **fields: Unpack[StoreSettings]
) -> Store:
    """Change the given settings of a store and no other.

    by_operator: done by the staff, whatever the actor holds. Raises PermissionLacking (403), NotFound (404) when
    the store is gone, InvalidFields (400) for an unknown time zone.
    """
    locked = Store.objects.select_for_update(no_key=True).filter(pk=store.pk).first()
    if locked is None:
        raise NotFound
    if not by_operator:
        require(actor, locked, TeamPermission.EDIT)
    if fields.get("timezone", locked.timezone) not in available_timezones():
        raise InvalidFields(errors=(_UNKNOWN_ZONE,))
    changed = sorted(name for name, value in fields.items() if getattr(locked, name) != value)
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, fields[name])  # type: ignore[literal-required]  # names of StoreSettings
    locked.save(update_fields=changed)
    record("store.updated", target=locked, account_id=locked.account_id, user=actor, data={"fields": changed})
    return locked
