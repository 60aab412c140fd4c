"""Money as people read it."""

from decimal import Decimal

from store import money
from store.models import Store


def shown(amount: Decimal | None, store: Store) -> str:
    """Return an amount with the decimals of the store's currency and its name: `19.99 EUR`; "" for None."""
    if amount is None:
        return ""
    return f"{money.written(amount, money.quantum(store.currency)):,} {store.currency}"
