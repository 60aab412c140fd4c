"""What was posted, as the services want it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet

_PLAIN_LOOKUPS = {"id", "pk", "exact", "in", "isnull", "isempty", "gte", "gt", "lte", "lt"}


def fields_of(form: Any, formsets: Iterable[Any], *, change: bool) -> dict[str, Any]:
    """Return the cleaned values: all of a new row, those that changed of an old one, and the rows of inlines."""
    names = form.changed_data if change else form.cleaned_data
    fields = {name: _plain(form.cleaned_data[name]) for name in names if name in form.cleaned_data}
    for formset in formsets:
        if formset.field_name and (formset.has_changed() or not change):
            fields[formset.field_name] = rows_of(formset)
    return fields


def rows_of(formset: Any) -> list[dict[str, Any]]:
    """Return the rows of an inline that shall be there, in their order, without keys and empty lines."""
    gone = {formset.model._meta.pk.name, formset.fk.name, "DELETE"}
    wanted = [form for form in formset.forms if form not in formset.deleted_forms]
    wanted = [form for form in wanted if form.has_changed() or not form.instance._state.adding]
    return [
        {name: _plain(value) for name, value in form.cleaned_data.items() if name not in gone} for form in wanted
    ]


def is_of_filters(lookup: str, filters: Iterable[Any]) -> bool:
    """Return whether a list's filters narrow by this: their own parameters, and no path to another table."""
    for item in filters:
        name: Any = item[0] if isinstance(item, list | tuple) else item
        if isinstance(name, type) and issubclass(name, SimpleListFilter):
            name = name.parameter_name
        if lookup in {name, f"{name}_from", f"{name}_to"}:
            return True
        root, _, rest = lookup.partition(f"{name}__")
        if not root and rest and set(rest.split("__")) <= _PLAIN_LOOKUPS:
            return True
    return False


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, QuerySet) else value
