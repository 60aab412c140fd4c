"""How each model leads to its store. A model without a way there cannot be shown or chosen."""

from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet

from store.models import (
    CouponUse,
    GiftCardEntry,
    OrderCommand,
    OrderItem,
    Package,
    PackageCommand,
    PackageUse,
    Refund,
    Store,
)
from store.querysets import PackageQuerySet

Row = TypeVar("Row", bound=Model)

_DETOURS: dict[type[Model], str] = {
    Store: "pk",
    CouponUse: "coupon__store",
    GiftCardEntry: "card__store",
    OrderCommand: "item__order__store",
    OrderItem: "order__store",
    PackageCommand: "package__store",
    PackageUse: "package__store",
    Refund: "order__store",
}


def path_to_store(model: type[Model]) -> str | None:
    """Return the lookup from a model to its store, None when there is none."""
    if model in _DETOURS:
        return _DETOURS[model]
    try:
        field = model._meta.get_field("store")
    except FieldDoesNotExist:
        return None
    return "store" if isinstance(field, ForeignKey) and field.related_model is Store else None


def leads_to_store(model: type[Model], path: str) -> bool:
    """Return whether a lookup goes over foreign keys, each to one row, and ends at the store."""
    if model is Store:
        return path == "pk"
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        if not isinstance(field, ForeignKey) or not isinstance(field.related_model, type):
            return False
        model = field.related_model
    return model is Store


def scoped(rows: "QuerySet[Row]", store: Store) -> "QuerySet[Row]":
    """Return those of the rows that are the store's; none of a model that has no way to a store."""
    path = path_to_store(rows.model)
    return rows.filter(**{path: store.pk}) if path else rows.none()


def choices(model: type[Row], store: Store) -> "QuerySet[Row]":
    """Return what a field or a filter of the store may offer: its rows that were not deleted."""
    rows: QuerySet[Any] = scoped(model._default_manager.all(), store)
    if model is Package and isinstance(rows, PackageQuerySet):
        return rows.visible()  # type: ignore[return-value]  # the model is Package
    return rows
