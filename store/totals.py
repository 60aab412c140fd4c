"""How many rows a list has, without counting a million of them for every page.

PostgreSQL reads every row that it counts. Up to 5,000 are counted each time. The number of a longer list is
remembered:

- of a list that only grows, as that of orders, along with a moment. The rows up to that moment stay as many as
  they are, and only those since then are counted.
- of another list while the newest change of the store's rows stays the same, for 30 seconds at most: without that
  bound a change that began early and was committed late could be missed for good.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import Max, QuerySet
from django.utils import timezone

from store.models import Store

COUNTED_EACH_TIME = 5_000
REMEMBERED_SECONDS = 30
# Rows that are written later than they are dated, by a bulk import, are counted after this time.
GROWING_SECONDS = 600
# A row is dated before it is committed; no transaction of ours takes this long.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a list's rows change.

    changed: a column that every change moves on, also that of a row that leaves the list. Empty: all are counted
    each time. grows: no row leaves the list, whatever changes, and `created_at` is when it came; unless one of the
    parameters in `unless` narrows it.
    """

    changed: str = ""
    grows: bool = False
    unless: tuple[str, ...] = ()

    @property
    def moving(self) -> "Pace":
        """Return the pace of a list that rows may leave."""
        return replace(self, grows=False)

    def of(self, wanted: Mapping[str, Any]) -> "Pace":
        """Return the pace of the list under the values of its parameters."""
        return self.moving if any(wanted[name] for name in self.unless) else self


def total(rows: QuerySet[Any, Any], store: Store, pace: Pace) -> int:
    """Return the number of rows."""
    plain = rows.order_by().values("pk")
    try:
        asked = repr(plain.query.sql_with_params())
    except EmptyResultSet:
        # The database is not even asked for rows whose id is one of none.
        return 0
    name = f"store-total:{hashlib.sha256(asked.encode()).hexdigest()}"
    if pace.grows:
        return _grown(name, plain)
    if pace.changed:
        return _unchanged(name, plain, store, pace.changed)
    return plain.count()


def _grown(name: str, plain: QuerySet[Any, Any]) -> int:
    known: tuple[datetime, int] | None = cache.get(name)
    if known is None:
        few = _few(plain)
        if few is not None:
            return few
        until = timezone.now() - LATE
        known = (until, plain.filter(created_at__lte=until).count())
        cache.set(name, known, GROWING_SECONDS)
    return known[1] + plain.filter(created_at__gt=known[0]).count()


def _unchanged(name: str, plain: QuerySet[Any, Any], store: Store, changed: str) -> int:
    known = cache.get(name)
    few = _few(plain) if known is None else None
    if few is not None:
        return few
    newest = plain.model._default_manager.filter(store=store).aggregate(at=Max(changed))["at"]
    if known is not None and known[0] == newest:
        return int(known[1])
    number = plain.count()
    cache.set(name, (newest, number), REMEMBERED_SECONDS)
    return number


def _few(plain: QuerySet[Any, Any]) -> int | None:
    """Return the number of rows, None when there are many."""
    number = plain[: COUNTED_EACH_TIME + 1].count()
    return number if number <= COUNTED_EACH_TIME else None
