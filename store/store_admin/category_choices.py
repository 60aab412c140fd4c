"""Categories as people choose them: in the order of the tree, with the way to each."""

from typing import Any

from django.db.models import Case, F, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.forms import ModelChoiceField, ModelMultipleChoiceField

from store.models import Category

_COLUMNS = ("sort_order", "name", "pk")


def tree_order() -> list[OrderBy]:
    """Return what puts each category right after the one above it; siblings by their place, then by name."""
    found = [OrderBy(Coalesce(f"parent__parent__{name}", f"parent__{name}", name)) for name in _COLUMNS]
    for name in _COLUMNS:
        second = Case(
            When(parent=None, then=None), When(parent__parent=None, then=F(name)), default=F(f"parent__{name}")
        )
        found.append(OrderBy(second, nulls_first=True))
    for name in _COLUMNS:
        third = Case(When(parent__parent__isnull=False, then=F(name)))
        found.append(OrderBy(third, nulls_first=True))
    return found


def path_of(category: Category) -> str:
    """Return the names from the top down to a category: `Ranks › VIP`."""
    names, row = [category.name], category.parent
    while row is not None and len(names) < 3:
        names.insert(0, row.name)
        row = row.parent
    return " › ".join(names)


class _Paths:
    """Brings the categories above each choice along."""

    def _get_queryset(self) -> Any:
        return self._queryset

    def _set_queryset(self, rows: Any) -> None:
        super()._set_queryset(rows if rows is None else rows.select_related("parent__parent"))  # type: ignore[misc]

    _queryset: Any = None
    queryset = property(_get_queryset, _set_queryset)

    def label_from_instance(self, obj: Category) -> str:
        """Return the way to the category."""
        return path_of(obj)


class CategoryField(_Paths, ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """One category."""


class CategoriesField(_Paths, ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Some categories."""
