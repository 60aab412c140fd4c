"""Packages over HTTP."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from store import services
from store.listing import BY_IDS, CREATED, UPDATED, Listing
from store.models import Package, Store
from store.package_serializers import PackageInput, PackageOutput
from store.resources import Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.searching import Search
from store.totals import Pace

PACKAGES = Listing(
    output=PackageOutput,
    sorts={
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "name": "name",
        "price": "price",
        "sortOrder": "sort_order",
    },
    default_sort="createdAt",
    search=Search(("name",)),
    filters={**CREATED, **UPDATED, **BY_IDS},
    pace=Pace("updated_at"),
)


def list_packages(request: Request, store: Store) -> dict[str, Any]:
    """Return the page of a store's packages that the request's query asks for: `{items, totalCount, skip, take}`.

    Raises InvalidFields (400).
    """
    return PACKAGES.page(Package.objects.of_store(store).shown(), request.query_params, {"store": store})


class PackageView(ResourceView):
    """What the views of packages share."""

    area = "Packages"
    noun, plural = "package", "packages"
    listing, input, output = PACKAGES, PackageInput, PackageOutput

    def rows(self, store: Store) -> QuerySet[Package]:
        """Return those that were not deleted."""
        return Package.objects.of_store(store).shown()


@documented
class PackageListView(Listed, Created, PackageView):
    """`/api/v1/packages`."""

    def create(self, fields: dict[str, Any]) -> Package:
        """Create a package."""
        return services.create_package(store=self.store, key=self.key, **fields)


@documented
class PackageDetailView(Read, Updated, Deleted, PackageView):
    """`/api/v1/packages/{id}`."""

    def update(self, row: Package, fields: dict[str, Any]) -> Package:
        """Change a package."""
        return services.update_package(package=row, store=self.store, key=self.key, **fields)

    def remove(self, row: Package) -> None:
        """Hide a package."""
        services.hide_package(package=row, store=self.store, key=self.key)
