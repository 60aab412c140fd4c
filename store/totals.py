"""How many rows a list has, without counting a million of them for every page.

PostgreSQL reads every row that it counts. Up to 5,000 are counted each time. A longer list is counted once and its
number remembered while the newest change of the store's rows stays the same, for 30 seconds at most: without that
bound a change that began early and was committed late could be missed for good.
"""

import hashlib
from typing import Any

from django.core.cache import cache
from django.db.models import Max, QuerySet

from store.models import Store

COUNTED_EACH_TIME = 5_000
REMEMBERED_SECONDS = 30


def total(rows: QuerySet[Any, Any], store: Store | None, changed: str) -> int:
    """Return the number of rows.

    changed: a column that every change of the list moves on, also that of a row that leaves it; empty, and all are
    counted each time.
    """
    plain = rows.order_by().values("pk")
    if not changed or store is None:
        return plain.count()
    few = plain[: COUNTED_EACH_TIME + 1].count()
    return few if few <= COUNTED_EACH_TIME else _remembered(plain, store, changed)


def _remembered(plain: QuerySet[Any, Any], store: Store, changed: str) -> int:
    asked = repr(plain.query.sql_with_params())
    name = f"store-total:{hashlib.sha256(asked.encode()).hexdigest()}"
    newest = plain.model._default_manager.filter(store=store).aggregate(at=Max(changed))["at"]
    known = cache.get(name)
    if known is not None and known[0] == newest:
        return int(known[1])
    number = plain.count()
    cache.set(name, (newest, number), REMEMBERED_SECONDS)
    return number
