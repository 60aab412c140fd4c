"""Rows of another store are refused in the words that a missing one gets."""

from store.errors import field_fault
from store.models import Category, Package, Server, Store


def require_same_store(owner: Store | Package, field: str, *rows: Category | Package | Server | None) -> None:
    """Refuse rows of another store in the words that a missing one gets."""
    store_pk = owner.pk if isinstance(owner, Store) else owner.store_id
    if any(row is not None and row.store_id != store_pk for row in rows):
        raise field_fault(field, "unknown", "does not exist")
