"""Filters of lists that name no row of another store."""

from typing import Any

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.models import Store
from store.store_admin.chosen import store_of
from store.store_admin.scope import choices

# More rows than this do not fit into a list of links.
MOST = 200


class TenantRelatedFilter(RelatedFieldListFilter):
    """Offers the rows of the chosen store that a foreign key can point at, the first 200 by name."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Any:
        """Return key and name of each."""
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = choices(field.remote_field.model, store_of(request)).order_by(*ordering)[:MOST]
        return [(row.pk, str(row)) for row in rows]


class StoreListFilter(SimpleListFilter):
    """A filter of one's own. Subclasses say `options` and `narrowed`; both get the chosen store."""

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return value and name of each choice."""
        raise NotImplementedError

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the rows of one choice. rows: of the chosen store alone."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Return what is offered."""
        return self.options(store_of(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that were asked for; a value that was not offered asks for all."""
        value = self.value()
        if value is None or value not in {str(key) for key, _ in self.lookup_choices}:
            return queryset
        return self.narrowed(queryset, value, store_of(request))
