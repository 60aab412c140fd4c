"""Who works on which due row: a claim lasts a while, so that what a killed worker left is due again.

A claimed table has `next_due_at` (null: never due), `lease` (names the claim) and `lease_until`. Whoever writes a
result compares the lease under the row's lock first: with another lease the result is thrown away.
"""

import uuid
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)


def due(rows: "models.QuerySet[Row]", now: datetime) -> "models.QuerySet[Row]":
    """Return the rows that are due and that nobody works on."""
    is_free = Q(lease__isnull=True) | Q(lease_until__lte=now)
    return rows.filter(is_free, next_due_at__lte=now)


@transaction.atomic
def claim(rows: "models.QuerySet[Row]", *, limit: int, now: datetime, length: timedelta) -> list[Row]:
    """Return at most so many due rows, the longest due first, all ours until `length` from now.

    Two at once get different rows: PostgreSQL lets each skip what the other has locked, SQLite lets one write at a
    time.
    """
    wanted = due(rows, now).order_by("next_due_at", "pk").select_for_update(of=("self",), skip_locked=True)
    keys = list(wanted.values_list("pk", flat=True)[:limit])
    lease = uuid.uuid4()
    if not keys or not rows.filter(pk__in=keys).update(lease=lease, lease_until=now + length):
        return []
    return list(rows.filter(lease=lease).order_by("next_due_at", "pk"))
