"""The staff's search: words that narrow, each looked for over an index: a table may have a million rows."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from store.identities import normal_uuid
from store.models import Customer, Order, Store
from store.models.stores import STORE_ID_LENGTH
from store.players import player_key

_MOST_WORDS, _MOST_ROWS = 4, 200


def found(
    rows: QuerySet[Any], term: str, *, store_path: str, by_id: Callable[[str], Q], by_word: Callable[[str], Q]
) -> QuerySet[Any]:
    """Return the rows that all words of a term mean: a store's id, a UUID, or whatever else a word may be."""
    for word in term.split()[:_MOST_WORDS]:
        rows = rows.filter(_meaning(word, store_path, by_id, by_word))
    return rows


def orders_of_player(**player: str) -> Q:
    """Return the orders of the players that columns name, in whatever store."""
    # Looked up first, for the planner cannot know how few they are; in all stores, as the index begins with one.
    customers = Customer.objects.filter(store__in=Store.objects.all(), **player).order_by()
    return Q(customer__in=list(customers.values_list("pk", flat=True)[:_MOST_ROWS]))


def orders_meant_by(word: str) -> Q:
    """Return the orders that a word means: a player's name or a payment's id, both whole."""
    paid = Order.objects.filter(store__in=Store.objects.all(), transaction_id=word).order_by()
    ids = list(paid.values_list("pk", flat=True)[:_MOST_ROWS])
    return orders_of_player(player_key=player_key(word)) | Q(pk__in=ids)


def _meaning(word: str, store_path: str, by_id: Callable[[str], Q], by_word: Callable[[str], Q]) -> Q:
    store = Store.objects.filter(store_id=word.lower()).first() if len(word) == STORE_ID_LENGTH else None
    if store is not None:
        return Q(**{store_path: store.pk})
    try:
        wanted = normal_uuid(word)
    except ValueError:
        return by_word(word)
    return by_id(wanted)
