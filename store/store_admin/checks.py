"""System checks: an admin that forgets to scope something stops the start, and CI.

E001 is no TenantModelAdmin · E002 store_path · E003 relation without a way to a store · E004 filter · E005 inline
E006 autocomplete · E007 an option that goes around the scope or the services · E008 form.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.core import checks
from django.db.models import Field, ForeignKey, ManyToManyField, QuerySet
from django.forms import ModelChoiceField
from unfold.sites import UnfoldAdminSite

from store.store_admin.filters import StoreListFilter, TenantRelatedFilter
from store.store_admin.forms import TenantForm, TenantFormSet
from store.store_admin.scope import leads_to_store, path_to_store
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantInline, TenantModelAdmin

# What looks up rows without asking the admin's queryset, or writes without its hooks.
_REFUSED = {
    "raw_id_fields": "shows the name of any row whose key is typed; use autocomplete_fields",
    "list_editable": "writes past the hooks",
    "save_as": "writes past the hooks",
    "date_hierarchy": "reads every row of the list",
    "actions_submit_line": "writes past the hooks",
    "ordering_field": "writes past the hooks",
    "change_form_datasets": "is not scoped",
    "list_sections": "is not scoped",
}


def check_store_admin(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check the store admin's site."""
    return check_site(store_admin_site)


def check_site(site: UnfoldAdminSite) -> list[checks.CheckMessage]:
    """Return what is wrong with the admins of a site."""
    return [fault for admin in site._registry.values() for fault in _faults_of(admin)]


def _faults_of(admin: Any) -> Iterator[checks.CheckMessage]:
    if not isinstance(admin, TenantModelAdmin):
        yield _error(admin, "E001", "is no TenantModelAdmin")
        return
    yield from _scope(admin)
    yield from _filters(admin)
    if not issubclass(admin.form, TenantForm):
        yield _error(admin, "E008", "has a form that is no TenantForm")
    for inline in admin.inlines:
        yield from _inline(admin, inline)


def _inline(admin: TenantModelAdmin, inline: Any) -> Iterator[checks.CheckMessage]:
    if not issubclass(inline, TenantInline):
        yield _error(inline, "E005", "is no TenantInline")
        return
    if not issubclass(inline.formset, TenantFormSet):
        yield _error(inline, "E005", "has a formset that is no TenantFormSet")
    yield from _scope(inline(admin.model, admin.admin_site))


def _scope(part: Any) -> Iterator[checks.CheckMessage]:
    """Check what admins and inlines have in common: the way to the store, what the form offers, the options."""
    if not leads_to_store(part.model, part.store_path):
        yield _error(part, "E002", f"has store_path {part.store_path!r}, which does not lead to the store")
    for field in _form_relations(part):
        if path_to_store(_target(field)) is None:
            yield _error(part, "E003", f"offers {field.name!r}, whose rows belong to no store: make it read-only")
    for name, field in getattr(part.form, "base_fields", {}).items():
        if isinstance(field, ModelChoiceField) and field.queryset is not None and not _is_owned(field.queryset):
            yield _error(part, "E003", f"offers {name!r}, whose rows belong to no store")
    for name in part.autocomplete_fields:
        target = part.admin_site._registry.get(_target(part.model._meta.get_field(name)))
        if not isinstance(target, TenantModelAdmin):
            yield _error(part, "E006", f"completes {name!r} from no TenantModelAdmin of this site")
    for option, why in _REFUSED.items():
        if getattr(part, option, None):
            yield _error(part, "E007", f"has {option}, which {why}")


def _form_relations(part: Any) -> Iterator[Any]:
    """Return the relations that a form of the admin may offer."""
    named = _flat(part.fields) if part.fields else None
    if getattr(part, "fieldsets", None):
        named = [name for _, options in part.fieldsets for name in _flat(options["fields"])]
    hidden = {part.store_path, *part.readonly_fields, *(part.exclude or ())}
    parent = getattr(part, "parent_model", None)
    for field in (*part.model._meta.fields, *part.model._meta.many_to_many):
        if not isinstance(field, ForeignKey | ManyToManyField) or not field.editable or field.name in hidden:
            continue
        if field.related_model is not parent and (named is None or field.name in named):
            yield field


def _filters(admin: TenantModelAdmin) -> Iterator[checks.CheckMessage]:
    for item in admin.list_filter:
        name, kind = item if isinstance(item, list | tuple) else (item, None)
        if isinstance(name, type):
            if not issubclass(name, StoreListFilter):
                yield _error(admin, "E004", f"has the filter {name.__name__}, which is no StoreListFilter")
            continue
        parts = str(name).split("__")
        field = admin.model._meta.get_field(parts[0])
        if isinstance(field, ForeignKey | ManyToManyField) or field.is_relation:
            if len(parts) > 1 or not (isinstance(kind, type) and issubclass(kind, TenantRelatedFilter)):
                yield _error(admin, "E004", f"filters by {name!r} without TenantRelatedFilter")
        elif isinstance(kind, type) and issubclass(kind, RelatedFieldListFilter | SimpleListFilter):
            yield _error(admin, "E004", f"filters the plain column {name!r} by a filter of relations")


def _is_owned(rows: QuerySet[Any]) -> bool:
    return path_to_store(rows.model) is not None


def _target(field: "Field[Any, Any]") -> Any:
    return field.related_model


def _flat(fields: Sequence[Any]) -> list[str]:
    return [name for item in fields for name in (item if isinstance(item, list | tuple) else (item,))]


def _error(part: Any, number: str, text: str) -> checks.Error:
    name = part.__name__ if isinstance(part, type) else type(part).__name__
    return checks.Error(f"{name} {text}.", obj=part, id=f"store_admin.{number}")
