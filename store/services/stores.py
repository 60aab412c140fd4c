"""Opening stores."""

from zoneinfo import available_timezones

import pycountry
from django.db import transaction

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields
from audit.services import record
from store import money
from store.models import Store


@transaction.atomic
def open_store(
    *,
    account: Account,
    name: str,
    currency: str = "EUR",
    timezone_name: str = "UTC",
    is_demo: bool = False,
    actor: User | None = None,
) -> Store:
    """Open a store under a random id.

    currency: ISO 4217 with at most three decimals. timezone_name: an IANA name.
    Raises InvalidFields (400).
    """
    faults = []
    known = pycountry.currencies.get(alpha_3=currency)
    # pycountry ignores case, amounts do not.
    if known is None or known.alpha_3 != currency or money.exponent(currency) > money.MAX_EXPONENT:
        faults.append(FieldError("currency", "unknown", "must be an ISO 4217 currency, e.g. EUR"))
    if timezone_name not in available_timezones():
        faults.append(FieldError("timezone", "unknown", "must be an IANA time zone, e.g. Europe/Berlin"))
    if faults:
        raise InvalidFields(errors=tuple(faults))
    # 36^8 ids: a collision is less likely than a broken disk, and the unique index refuses it.
    store = Store.objects.create(
        account=account, name=name, currency=currency, timezone=timezone_name, is_demo=is_demo
    )
    data = {"store_id": store.store_id, "currency": currency}
    record("store.opened", target=store, account_id=account.pk, user=actor, data=data)
    return store
