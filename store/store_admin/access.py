"""What admins and inlines share: only rows of the chosen store, and only for those who may."""

from typing import Any, ClassVar

from django.contrib.admin.options import BaseModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from store.models import TeamPermission
from store.store_admin.chosen import choose, may, store_of
from store.store_admin.scope import choices


class StoreAccess(BaseModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """store_path: the lookup from the model to its store. permission: what writing needs; None: nobody writes.

    To look needs no more than to be of the store's team.
    """

    store_path: ClassVar[str] = "store"
    permission: ClassVar[TeamPermission | None] = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the chosen store."""
        return super().get_queryset(request).filter(**{self.store_path: store_of(request).pk})

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Return what a foreign key may point at: rows of the chosen store, in the order of their own list."""
        ordered = super().get_field_queryset(db, db_field, request)
        rows = choices(db_field.remote_field.model, store_of(request))
        return rows.order_by(*ordered.query.order_by) if ordered is not None else rows

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may change something here."""
        return self.permission is not None and self.is_own(request, obj) and may(request, self.permission)

    def is_own(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether a row, when there is one, is of the chosen store; an id says nothing."""
        store = choose(request)
        if store is None or not isinstance(obj, Model) or obj._state.adding:
            return store is not None
        found: Any = obj
        for name in self.store_path.split("__"):
            found = getattr(found, name)
        return found in (store, store.pk)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the person has a store."""
        return choose(request) is not None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody of the team looks."""
        return self.is_own(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may add."""
        return self.may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may change this."""
        return self.may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may delete this."""
        return self.may_write(request, obj)
