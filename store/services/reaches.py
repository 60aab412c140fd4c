"""What a coupon, a sale or a gift card covers, when it is written."""

from collections.abc import Mapping
from typing import Any

from store.errors import field_fault
from store.models import Reaching, Store
from store.pricing import Scope
from store.services.ownership import require_same_store

REACH = ("reach_scope", "package_scope", "categories", "packages")
ALL, SPECIFIC = "all", "specific"
# The set of each scope, as clients call it and as the row does.
_SETS = {Scope.CATEGORIES: ("categoryIds", "categories"), Scope.PACKAGES: ("packageIds", "packages")}

Sets = dict[str, list[Any]]


def apply_reach(row: Reaching, store: Store, fields: Mapping[str, Any]) -> Sets:
    """Put the scope on the row and return the sets that it shall have once it is saved; none leaves them.

    A scope needs at least one row of its kind and none of the other; a change of scope empties the other set.
    Raises InvalidFields (400).
    """
    if not any(name in fields for name in REACH):
        return {}
    before = row.reach_scope
    scope = Scope(fields.get("reach_scope") or row.reach_scope)
    row.reach_scope = scope
    row.covers_all_packages = scope == Scope.PACKAGES and fields.get("package_scope") == ALL
    sets: Sets = {}
    for kind, (field, name) in _SETS.items():
        given = fields.get(name) or []
        require_same_store(store, field, *given)
        is_wanted = kind == scope and not (name == "packages" and row.covers_all_packages)
        if given and not is_wanted:
            raise field_fault(field, "contradiction", "does not go with this scope")
        if is_wanted and not given and (name in fields or kind != before or row._state.adding):
            raise field_fault(field, "required", "must have at least one id for this scope")
        if name in fields or kind != scope or row.covers_all_packages:
            sets[name] = given
    return sets


def put_sets(row: Reaching, sets: Sets) -> None:
    """Give a saved row its sets."""
    for name, rows in sets.items():
        getattr(row, name).set(rows)
