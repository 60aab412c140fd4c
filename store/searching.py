"""`search` in lists: part of a name, ignoring case, found by trigram indexes on PostgreSQL.

A planner that is asked for the newest 20 of a million rows with a rare name hopes to meet them soon, and reads all
when there are none. So what a search finds is fetched first, in no order, and then sorted; only when that is
much does the database walk along the sorted rows, and meets 20 soon.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from store.models import Customer, Package, Store
from store.players import player_key

# More than these are not fetched before they are sorted.
FEW = 1_000
_HEXADECIMAL = frozenset("0123456789abcdef-")


@dataclass(frozen=True, slots=True)
class Pointed:
    """What other rows are found by: the field that points at them, their rows, and what they are asked."""

    field: str
    rows: Callable[[Store], QuerySet[Any]]
    asks: Callable[[str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search looks. columns: of the rows, in any case. players: whether at their player's name and UUID.

    pointed: rows of other tables: a name is looked for among the names, not among all that points at them.
    """

    columns: tuple[str, ...] = ()
    players: bool = False
    pointed: tuple[Pointed, ...] = ()

    def narrowed(self, rows: QuerySet[Any], store: Store, text: str) -> QuerySet[Any]:
        """Return the rows in which some name has the text; few of them are named by their ids."""
        match = Q()
        for column in self.columns:
            match |= Q(**_contains(column, text))
        if self.players:
            match |= _of_players(text)
        for pointed in self.pointed:
            match |= _through(pointed, store, text)
        found = rows.filter(match)
        ids = _few(found)
        return found if ids is None else rows.filter(pk__in=ids)


def _contains(column: str, text: str) -> dict[str, str]:
    if connection.vendor == "sqlite" and not text.isascii():
        # LIKE of SQLite knows no other letters than those of ASCII in two cases.
        return {f"{column}__iregex": re.escape(text)}
    return {f"{column}__icontains": text}


def _of_players(text: str) -> Q:
    # The key is the name as it is compared; an index on it serves names in any case.
    match = Q(player_key__contains=player_key(text))
    if _HEXADECIMAL.issuperset(text.lower()):
        match |= Q(player_uuid__contains=text.lower())
    return match


def _through(pointed: Pointed, store: Store, text: str) -> Q:
    asked = pointed.asks(text)
    ids = _few(pointed.rows(store).filter(**asked))
    if ids is None:
        return Q(**{f"{pointed.field}__{lookup}": value for lookup, value in asked.items()})
    return Q(**{f"{pointed.field}__in": ids})


def _few(rows: QuerySet[Any]) -> list[Any] | None:
    """Return the ids of the rows, None when there are many."""
    ids = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else None


CUSTOMER = Pointed("customer", Customer.objects.of_store, lambda text: {"player_key__contains": player_key(text)})
# What was sold stays what it is, so these are all that subscriptions point at.
RENEWING = Pointed("package", lambda store: Package.objects.of_store(store).renewing(), partial(_contains, "name"))
