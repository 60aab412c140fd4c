"""Choosing packages in a form: of a list where it is short, which works without scripts, by a search elsewhere."""

from typing import Any, ClassVar

from django.contrib.admin.options import BaseModelAdmin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from store.models import Package, Store
from store.store_admin.chosen import store_of
from store.store_admin.filters import MOST

_SEVERAL = "Hold Ctrl, or ⌘ on a Mac, to choose several."
_SEARCH = f"Searching takes JavaScript, and a list has {MOST} packages at most, fewer than the store."


def has_many_packages(store: Store) -> bool:
    """Return whether a list of all of the store's packages would be too long to look through."""
    return Package.objects.visible_in(store)[MOST : MOST + 1].exists()


class ChoosesPackages(BaseModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """An admin whose form chooses packages. packages_field: in which field."""

    packages_field: ClassVar[str] = "packages"

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search where a list would be long."""
        return (self.packages_field,) if has_many_packages(store_of(request)) else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """List the packages where they are few, and say what to do without scripts."""
        if db_field.name != self.packages_field:
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        is_long = self.packages_field in self.get_autocomplete_fields(request)
        if not is_long:
            kwargs["widget"] = UnfoldAdminSelect2MultipleWidget
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if not is_long:
            # The theme has put the look of a plain list in place of what makes its script draw this one.
            field.widget.attrs["class"] += " unfold-admin-autocomplete admin-autocomplete"
        note = _SEARCH if is_long else _SEVERAL
        field.help_text = format_html("{} <noscript>{}</noscript>", kwargs.get("help_text", ""), note)
        return field
