"""Forms whose choices are those of the chosen store, and the formset of inlines."""

from decimal import Decimal
from typing import Any, ClassVar

from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from unfold.forms import PaginationInlineFormSet

from store.models import Store
from store.store_admin import refusals
from store.store_admin.amounts import typed
from store.store_admin.scope import scoped


def scope_fields(form: Any, store: Store) -> None:
    """Leave nothing to choose in any field of a form but rows of the store, wherever the field came from."""
    for field in form.fields.values():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            field.queryset = scoped(field.queryset, store)


class TenantForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A form of one store. request, store: set by the admin on a subclass for each request."""

    request: ClassVar[HttpRequest]
    store: ClassVar[Store]
    error_names: ClassVar[dict[str, str]] = refusals.API_NAMES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope_fields(self, self.store)
        for name, value in self.initial.items():
            if isinstance(value, Decimal):
                self.initial[name] = typed(value, self.store)
        # The services judge, in sentences that say what to do; the names of constraints help nobody.
        self.instance.validate_constraints = _nothing
        if self.instance._state.adding and hasattr(self.instance, "store_id"):
            self.instance.store = self.store

    def full_clean(self) -> None:
        """Check everything, and say what a service has refused."""
        super().full_clean()
        refusal = refusals.kept(self.request)
        if refusal is not None and self.is_bound:
            refusals.add_to(self, refusal, self.error_names)


class TenantFormSet(PaginationInlineFormSet):
    """The rows of an inline: none can be named that is not one of them."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add what Django adds, name the cells for screen readers, and take foreign rows out of the hidden key."""
        super().add_fields(form, index)
        line = "" if index is None else f", line {index + 1}"
        for name, field in form.fields.items():
            if not field.widget.is_hidden:
                # The frame that Django puts around a relation shares its attributes with those of other lines.
                control = getattr(field.widget, "widget", field.widget)
                control.attrs["aria-label"] = f"{field.label or name}{line}"
        key = form.fields.get(self.model._meta.pk.name)
        if isinstance(key, ModelChoiceField):
            key.queryset = self.get_queryset()


def _nothing(exclude: Any = None) -> None:
    """Check no constraint: the service does, or the database."""
