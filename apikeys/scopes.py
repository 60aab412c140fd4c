"""What a key may be allowed to do: areas and verbs of each product, and the check of a wanted set.

FluxStore's matrix is its document's. Edit creates and updates; it does not imply View.
"""

from collections.abc import Mapping
from typing import Any

from api.errors import FieldError, InvalidFields

Scopes = dict[str, list[str]]
_VED = ("View", "Edit", "Delete")

MATRIX: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fluxme": {"Listing": ("View", "Edit")},
    "fluxstore": {
        "Packages": _VED,
        "Categories": _VED,
        "Coupons": _VED,
        "Sales": _VED,
        "GiftCards": _VED,
        "Orders": ("View", "Edit"),
        "Customers": ("View",),
        "Bans": _VED,
        "Subscriptions": ("View",),
    },
    "fluxly": {"Links": _VED, "Analytics": ("View",)},
    "fluximage": {"Images": ("View", "Edit"), "Usage": ("View",)},
}


def full_scopes(product: str) -> Scopes:
    """Return everything that a key of the product can be allowed."""
    return {area: list(verbs) for area, verbs in MATRIX[product].items()}


def check_scopes(product: str, wanted: Any) -> Scopes:
    """Return the wanted scopes in the matrix's order, each verb once.

    Raises InvalidFields (400) for anything outside the matrix, and for an empty set.
    """
    if not isinstance(wanted, dict) or not wanted:
        raise InvalidFields(
            errors=(FieldError("permissions", "invalid", "must be an object of area to list of permissions"),)
        )
    faults = [fault for area, verbs in wanted.items() for fault in _faults(product, area, verbs)]
    if faults:
        raise InvalidFields(errors=tuple(faults))
    matrix = MATRIX[product]
    return {area: [v for v in matrix[area] if v in wanted[area]] for area in matrix if wanted.get(area)}


def _faults(product: str, area: str, verbs: Any) -> list[FieldError]:
    path = f"permissions.{area}"
    known = MATRIX[product].get(area)
    if known is None:
        return [FieldError(path, "unknown_area", f"unknown area; must be one of: {', '.join(MATRIX[product])}")]
    if not isinstance(verbs, list) or not verbs:
        return [FieldError(path, "invalid", "must be a list with at least one permission")]
    return [
        FieldError(path, "unknown_permission", f"{verb!r} is not one of: {', '.join(known)}")
        for verb in verbs
        if verb not in known
    ]
