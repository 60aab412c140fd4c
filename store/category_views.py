"""Categories over HTTP."""

from typing import Any

from django.db.models import QuerySet

from store import services
from store.category_serializers import CategoryInput, CategoryOutput
from store.listing import BY_IDS, CREATED, UPDATED, Listing
from store.models import Category, Store
from store.resources import Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.searching import Search

CATEGORIES = Listing(
    output=CategoryOutput,
    sorts={"createdAt": "created_at", "updatedAt": "updated_at", "name": "name", "sortOrder": "sort_order"},
    default_sort="createdAt",
    search=Search(("name",)),
    filters={**CREATED, **UPDATED, **BY_IDS},
)


class CategoryView(ResourceView):
    """What the views of categories share."""

    area = "Categories"
    noun, plural = "category", "categories"
    listing, input, output = CATEGORIES, CategoryInput, CategoryOutput

    def rows(self, store: Store) -> QuerySet[Category]:
        """Return the store's categories with the numbers of their packages."""
        return Category.objects.of_store(store).with_package_count()


@documented
class CategoryListView(Listed, Created, CategoryView):
    """`/api/v1/categories`."""

    def create(self, fields: dict[str, Any]) -> Category:
        """Add a category."""
        return services.add_category(store=self.store, key=self.key, **fields)


@documented
class CategoryDetailView(Read, Updated, Deleted, CategoryView):
    """`/api/v1/categories/{id}`."""

    def update(self, row: Category, fields: dict[str, Any]) -> Category:
        """Change a category."""
        return services.update_category(category=row, store=self.store, key=self.key, **fields)

    def remove(self, row: Category) -> None:
        """Delete a category."""
        services.remove_category(category=row, store=self.store, key=self.key)
