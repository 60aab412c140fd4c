"""Money as people read it."""

from decimal import Decimal

from store import money
from store.models import Store


def shown(amount: Decimal | None, store: Store) -> str:
    """Return an amount with the decimals of the store's currency and its name: `19.99 EUR`; "" for None."""
    if amount is None:
        return ""
    return f"{money.written(amount, money.quantum(store.currency)):,} {store.currency}"


def typed(amount: Decimal, store: Store) -> Decimal:
    """Return an amount, or a percentage, as people type it: 4.490 is 4.49 in EUR, 12.500 is 12.5 in JPY."""
    if money.fits(amount, store.currency):
        return money.written(amount, money.quantum(store.currency))
    return amount.normalize()
