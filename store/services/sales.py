"""Every write to sales."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.errors import NotFound
from apikeys.models import ApiKey
from audit.services import record
from store.models import Category, Package, Sale, Store
from store.pricing import Scope
from store.services.periods import check_order
from store.services.reaches import REACH, Sets, apply_reach, put_sets


class SaleFields(TypedDict, total=False):
    """What a sale may be given. discount_percentage: 0 < x <= 100."""

    name: str
    discount_percentage: Decimal
    reach_scope: Scope
    categories: list[Category] | None
    packages: list[Package] | None
    is_enabled: bool
    start_date: datetime | None
    end_date: datetime | None


@transaction.atomic
def create_sale(
    *, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[SaleFields]
) -> Sale:
    """Create a sale; name, discount_percentage and reach_scope are needed.

    Raises InvalidFields (400) for fields that contradict one another and for rows of another store.
    """
    sale = Sale(store=store)
    sets = _apply(sale, store, fields)
    sale.save(force_insert=True)
    put_sets(sale, sets)
    _record("sale.created", sale, store, key=key, user=user, data={"fields": sorted(fields)})
    return sale


@transaction.atomic
def update_sale(
    *, sale: Sale, store: Store, key: ApiKey | None = None, user: User | None = None, **fields: Unpack[SaleFields]
) -> Sale:
    """Change the given fields of a sale and no other; categories and packages replace the sets.

    Raises NotFound (404) when it was deleted meanwhile, InvalidFields (400) as `create_sale` does.
    """
    locked = Sale.objects.of_store(store).select_for_update().filter(pk=sale.pk).first()
    if locked is None:
        raise NotFound
    if not fields:
        return locked
    sets = _apply(locked, store, fields)
    locked.updated_at = timezone.now()
    locked.save(force_update=True)
    put_sets(locked, sets)
    _record("sale.updated", locked, store, key=key, user=user, data={"fields": sorted(fields)})
    return locked


@transaction.atomic
def delete_sale(*, sale: Sale, store: Store, key: ApiKey | None = None, user: User | None = None) -> None:
    """Delete a sale; orders keep the prices that they were made at.

    Raises NotFound (404) when it was deleted already.
    """
    deleted, _ = Sale.objects.of_store(store).filter(pk=sale.pk).delete()
    if not deleted:
        raise NotFound
    _record("sale.deleted", sale, store, key=key, user=user)


def _apply(sale: Sale, store: Store, fields: SaleFields) -> Sets:
    sets = apply_reach(sale, store, fields)
    for name, value in fields.items():
        if name not in REACH:
            setattr(sale, name, value)
    check_order("endDate", sale.start_date, sale.end_date, "startDate")
    return sets


def _record(
    action: str,
    sale: Sale,
    store: Store,
    *,
    key: ApiKey | None,
    user: User | None,
    data: dict[str, Any] | None = None,
) -> None:
    record(action, target=sale, account_id=store.account_id, user=user, key=key, data=data)
