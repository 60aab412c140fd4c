"""What lists sort and search by, kept on the listing so that a page of ten thousand needs no second table."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers.models import Provider, TierName
from providers.searching import sort_name_of, words_of

# What a search looks at, with the slug, which never changes.
_SEARCHED = frozenset({"name", "description", "long_description", "country"})


def derive(row: Provider, changed: Mapping[str, Any]) -> set[str]:
    """Set what follows from the changed fields (attribute → new value), and return the columns to save.

    Call it inside the transaction of the change, when `row` has the new values. tiers: of `tiers_of`.
    """
    written: set[str] = set()
    if _SEARCHED & changed.keys():
        written |= derive_words(row)
    if "tiers" in changed:
        written |= derive_prices(row, changed["tiers"])
    return written


def derive_words(row: Provider) -> set[str]:
    """Set the place by name and the words; return their columns."""
    row.sort_name = sort_name_of(row.name)
    texts = (row.name, row.slug, row.country_name, row.description, row.long_description)
    row.words = " ".join(words_of(*texts))
    return {"sort_name", "words"}


def derive_prices(row: Provider, tiers: Iterable[Mapping[str, Any]]) -> set[str]:
    """Set the cheapest price of each node size and of all, null where there is none; return their columns."""
    prices = [(tier["tier"], tier["price"]) for tier in tiers]
    row.cheapest = min((price for _, price in prices), default=None)
    written = {"cheapest"}
    for name in TierName.values:
        cheapest = min((price for tier, price in prices if tier == name), default=None)
        setattr(row, f"cheapest_{name}", cheapest)
        written.add(f"cheapest_{name}")
    return written
