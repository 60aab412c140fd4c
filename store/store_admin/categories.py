"""Categories: the shelves of the store, in the order of their tree."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from store.category_serializers import CategoryInput
from store.models import Category, Store, TeamPermission
from store.services import add_category, remove_category, update_category
from store.store_admin.api_rules import as_the_api
from store.store_admin.category_choices import CategoryField, path_of, tree_order
from store.store_admin.chosen import person_of, store_of
from store.store_admin.forms import TenantForm
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin


class CategoryForm(TenantForm):
    """A shelf."""

    class Meta:
        model = Category
        fields = ("name", "parent", "slug", "description", "image_url", "sort_order", "is_active")
        labels = {"parent": "Below", "image_url": "Picture", "sort_order": "Place", "is_active": "Shown"}
        help_texts = {
            "parent": "Empty is the top. There are three levels at most.",
            "slug": "The end of its address: small letters, digits and hyphens. Empty draws it from the name.",
            "description": "HTML. What could run, frame or load code is taken out when it is saved.",
            "image_url": "An address that starts with https:// or http://.",
            "sort_order": "The smallest comes first among those on the same level.",
        }


@admin.register(Category, site=store_admin_site)
class CategoryAdmin(TenantModelAdmin):
    """The categories of the store."""

    group, icon = "Catalogue", "category"
    permission = TeamPermission.EDIT
    form = CategoryForm
    list_display = ["place", "slug", "is_active", "sort_order", "packages_right_in_it", "created_at"]
    csv_columns = (
        *("id", "path", "name", "slug", "is_active", "sort_order", "packages_right_in_it", "created_at"),
    )
    list_filter = ["is_active"]
    search_fields = ["name", "slug"]
    fields = [*CategoryForm.Meta.fields, "packages_right_in_it", "created_at"]
    readonly_fields = ["packages_right_in_it", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """Bring those above and the number of packages."""
        rows: Any = super().get_queryset(request).select_related("parent__parent")
        counted: QuerySet[Category] = rows.with_package_count()
        return counted

    def get_ordering(self, request: HttpRequest) -> Any:
        """Each right after the one above it."""
        return tree_order()

    def get_fields(self, request: HttpRequest, obj: Category | None = None) -> Any:
        """A new category holds nothing."""
        return self.fields if obj else list(CategoryForm.Meta.fields)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show the way to each category."""
        return super().formfield_for_foreignkey(db_field, request, **({"form_class": CategoryField} | kwargs))

    @admin.display(description="Name")
    def place(self, category: Category) -> str:
        """Return the name, moved in by its level."""
        depth = path_of(category).count(" › ")
        return f"{'— ' * depth}{category.name}"

    @admin.display(description="Path")
    def path(self, category: Category) -> str:
        """Return the way to it."""
        return path_of(category)

    @admin.display(description="Packages")
    def packages_right_in_it(self, category: Any) -> int:
        """Return how many packages are in it, without those of the levels below."""
        return int(category.package_count)

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Category:
        """Make a category."""
        return add_category(store=store, actor=person_of(request), **as_the_api(CategoryInput, fields, store))

    def update(self, request: HttpRequest, obj: Category, fields: dict[str, Any]) -> Category:
        """Change a category."""
        store = store_of(request)
        given = as_the_api(CategoryInput, fields, store, is_change=True)
        return update_category(category=obj, store=store, actor=person_of(request), **given)

    def remove(self, request: HttpRequest, obj: Category) -> None:
        """Delete a category: its packages are in none, its children move up."""
        remove_category(category=obj, store=store_of(request), actor=person_of(request))
