"""The bases of every admin and inline of the store admin.

Reads see the chosen store alone. Writes go to three hooks, which call the product's services; what has no hook
cannot be done. A refusal of a service comes back in the form, with nothing written.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from api.errors import PlatformError
from audit.admin_base import BoundedPaginator
from store.models import Store
from store.store_admin import history, once, refusals
from store.store_admin.access import StoreAccess
from store.store_admin.chosen import store_of
from store.store_admin.forms import TenantForm, TenantFormSet
from store.store_admin.paging import TenantChangeList
from store.store_admin.writing import fields_of, is_of_filters

# A form that was opened in one store must not write into another, chosen meanwhile in a second tab.
STORE_FIELD = "_store"


class TenantModelAdmin(StoreAccess, ModelAdmin):
    """An admin of rows of the chosen store.

    group, icon: its place in the menu. csv_columns: what the export has; empty, and it has the list's columns.
    create, update, remove: the writes. fields: cleaned values by name, lists for many; `update` gets what changed.
    An inline with a `field_name` adds its rows to them, as a list of dictionaries.
    """

    form = TenantForm
    group: ClassVar[str] = "Catalogue"
    icon: ClassVar[str] = "circle"
    csv_columns: ClassVar[tuple[str, ...]] = ()
    error_names: ClassVar[dict[str, str]] = refusals.API_NAMES
    change_form_template = "store_admin/change_form.html"
    paginator = BoundedPaginator
    list_before_template = "store_admin/list_is_cut.html"
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Model:
        """Make a row by a service and return it."""
        raise NotImplementedError

    def update(self, request: HttpRequest, obj: Any, fields: dict[str, Any]) -> Model | None:
        """Change a row by a service. obj: as the database has it. Return the row, or None for this one."""
        raise NotImplementedError

    def remove(self, request: HttpRequest, obj: Any) -> None:
        """End a row by a service."""
        raise NotImplementedError

    def get_csv_columns(self, request: HttpRequest) -> list[Any]:
        """Return what the export has: columns, methods of the admin, or functions of a row."""
        return list(self.csv_columns or self.get_list_display(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TenantChangeList]:
        """Return the kind of list."""
        return TenantChangeList

    @classmethod
    def has_hook(cls, name: str) -> bool:
        """Return whether a subclass says how to `create`, `update` or `remove`."""
        return getattr(cls, name) is not getattr(TenantModelAdmin, name)

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """Return a row for an action; raises Http404 for a missing one and for another store's."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return obj

    def refused(self, request: HttpRequest, error: PlatformError) -> None:
        """Say on the next page what a service refused."""
        self.message_user(request, refusals.sentence_of(error), messages.ERROR)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may add, and there is a way to."""
        return self.has_hook("create") and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may change this, and there is a way to."""
        return self.has_hook("update") and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may delete this, and there is a way to."""
        return self.has_hook("remove") and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only filters of the list narrow it: any other column could be guessed letter by letter."""
        return request is not None and is_of_filters(lookup, self.get_list_filter(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, bound to the store."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        own = {"request": request, "store": store_of(request), "error_names": self.error_names}
        return type(form)(form.__name__, (form,), own)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show or save; what a service refuses is rolled back and said in the form."""
        store = store_of(request)
        if request.POST.get(STORE_FIELD, store.store_id) != store.store_id:
            text = f"You are working in {store.name} now, so nothing was saved. Switch back, then try again."
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:index"))
        if request.method == "POST" and not once.claim(request):
            self.message_user(request, "This form was sent twice: what it makes was made once.", messages.WARNING)
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:index"))
        extra = {"once": once.new_token() if object_id is None else "", **(extra_context or {})}
        try:
            response = super().changeform_view(request, object_id, form_url, extra)
        except PlatformError as error:
            refusals.keep(request, error)
            request.has_saved = False  # type: ignore[attr-defined]  # as above
            response = super().changeform_view(request, object_id, form_url, extra)
        if not getattr(request, "has_saved", False):
            once.release(request)
        return cast(HttpResponse, response)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask or delete; a refusal leads back to the row."""
        try:
            return cast(HttpResponse, super().delete_view(request, object_id, extra_context))
        except PlatformError as error:
            self.refused(request, error)
            name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the inlines belong to the same write."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Give everything that was posted to one service."""
        fields = fields_of(form, formsets, change=change)
        request.has_saved = True  # type: ignore[attr-defined]  # for this view alone; a refusal takes it back
        saved: Model | None
        if not change:
            saved = self.create(request, store_of(request), fields)
        elif fields:
            original = self.row(request, str(form.instance.pk))
            saved = self.update(request, original, fields) or original
        else:
            saved = None
        if saved is not None:
            form.instance.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete by the service."""
        self.remove(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], Any, set[str], Any]:
        """Name the rows alone: what goes with them is the service's rule, and may be a million rows."""
        names = [str(obj) for obj in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the audit trail of the row, whoever wrote it and by which door."""
        return history.page(self, request, self.row(request, object_id))

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Nothing: the services write the audit trail, which is the history here."""
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing, as above."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing, as above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Nothing, as above."""


class TenantInline(StoreAccess, TabularInline):
    """Rows below another of the same store.

    field_name: under which the parent's `create` and `update` get the rows; empty, and they are only looked at.
    """

    formset = TenantFormSet
    field_name: ClassVar[str] = ""
    extra = 0

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may change the rows. obj: the parent."""
        return bool(self.field_name) and super().may_write(request, obj)

    def is_own(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django asks with the parent, which its own admin has judged."""
        return super().is_own(request)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset, bound to the store."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.store, formset.field_name = store_of(request), self.field_name
        return formset


def scoped_form(form: Form, request: HttpRequest) -> Form:
    """Return a form of one's own, with nothing to choose but rows of the chosen store."""
    from store.store_admin.forms import scope_fields

    scope_fields(form, store_of(request))
    return form
