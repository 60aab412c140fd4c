"""What was posted, as the services want it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet


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


def lookup_roots(filters: Iterable[Any]) -> set[str]:
    """Return the columns that a list's filters narrow by: the first part of each lookup."""
    roots = set()
    for item in filters:
        name: Any = item[0] if isinstance(item, list | tuple) else item
        if isinstance(name, type) and issubclass(name, SimpleListFilter):
            name = name.parameter_name
        roots.add(str(name).split("__")[0])
    return roots


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, QuerySet) else value
