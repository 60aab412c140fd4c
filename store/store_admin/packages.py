"""Packages: what the store sells. Deleting one hides it, for orders keep pointing at it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from store import money, pricing
from store.models import Package, Store, TeamPermission
from store.package_serializers import PackageInput
from store.sale_prices import line_of, running_sales
from store.services import create_package, hide_package, update_package
from store.services.package_rules import SHAPE
from store.store_admin.amounts import shown
from store.store_admin.api_rules import as_the_api
from store.store_admin.category_choices import CategoryField
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import TenantRelatedFilter
from store.store_admin.package_choices import ChoosesPackages
from store.store_admin.package_forms import DELIVERY, FIRST, LIMITS, PAID, Commands, PackageForm
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_SOLD = "It was sold, so how it is paid for stays as it is. Make another package to sell it in another way."
_NEW = "How it is paid for cannot change once it was sold."


@admin.register(Package, site=store_admin_site)
class PackageAdmin(ChoosesPackages, TenantModelAdmin):
    """The packages of the store."""

    group, icon = "Catalogue", "inventory_2"
    permission = TeamPermission.EDIT
    form = PackageForm
    inlines = [Commands]
    csv_columns = (
        *("id", "name", "price", "category", "type", "is_active", "sold", "global_limit", "per_user_limit"),
        *("sort_order", "available_from", "available_until", "created_at", "updated_at"),
    )
    list_filter = ["is_active", "type", ("category", TenantRelatedFilter)]
    search_fields = ["name"]
    packages_field = "required_packages"
    ordering = ["name", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Package]:
        """Return those that were not deleted, with the store and the shelf."""
        rows: Any = super().get_queryset(request)
        visible: QuerySet[Package] = rows.visible().select_related("store", "category__parent")
        return visible

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns; the running sales are read once for all rows."""
        return ["name", "priced", _sale_price(store_of(request)), "category", "type", "stock", "state"]

    def get_fieldsets(self, request: HttpRequest, obj: Package | None = None) -> Any:
        """Return the parts of the form."""
        is_sold = obj is not None and obj.order_items.exists()
        paid = {"fields": [*PAID, "allow_custom_price"], "description": _SOLD if is_sold else _NEW}
        parts = [
            ("Package", {"fields": FIRST}),
            ("How it is paid for", paid),
            ("Limits", {"fields": LIMITS}),
            ("Delivery", {"fields": DELIVERY}),
        ]
        if obj is not None:
            parts.append(("So far", {"fields": ["on_sale_for", "sold", "id", "created_at", "updated_at"]}))
        return parts

    def get_readonly_fields(self, request: HttpRequest, obj: Package | None = None) -> list[str]:
        """What was sold keeps how it is paid for."""
        if obj is None:
            return []
        shape = list(SHAPE) if obj.order_items.exists() else []
        return [*shape, "on_sale_for", "sold", "id", "created_at", "updated_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show the way to each category."""
        return super().formfield_for_foreignkey(db_field, request, **({"form_class": CategoryField} | kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Servers are few: boxes to mark work with a thumb and without scripts."""
        if db_field.name == "servers":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="Price", ordering="price")
    def priced(self, package: Package) -> str:
        """Return the list price."""
        return shown(package.price, package.store)

    @admin.display(description="Sold", ordering="sold")
    def stock(self, package: Package) -> str:
        """Return how many were sold, and how many there are."""
        return str(package.sold) if package.global_limit is None else f"{package.sold} of {package.global_limit}"

    @admin.display(description="Price with the sale that runs now")
    def on_sale_for(self, package: Package) -> str:
        """Return the price after the best sale."""
        return _sale_price(package.store)(package) or "No sale applies"

    @display(description="State", label={"On sale": "success", "Off": "info"})
    def state(self, package: Package) -> str:
        """Return whether it is switched on."""
        return "On sale" if package.is_active else "Off"

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Package:
        """Make a package with its commands."""
        return create_package(store=store, user=person_of(request), **as_the_api(PackageInput, fields, store))

    def update(self, request: HttpRequest, obj: Package, fields: dict[str, Any]) -> Package:
        """Change a package; its commands are replaced when one of them changed."""
        store = store_of(request)
        given = as_the_api(PackageInput, fields, store, is_change=True)
        return update_package(package=obj, store=store, user=person_of(request), **given)

    def remove(self, request: HttpRequest, obj: Package) -> None:
        """Hide a package."""
        hide_package(package=obj, store=store_of(request), user=person_of(request))


def _sale_price(store: Store) -> Callable[[Package], str]:
    """Return the column of prices after the best running sale; "" where none applies."""
    sales: list[tuple[pricing.Sale, ...]] = []

    @admin.display(description="On sale for")
    def sale_price(package: Package) -> str:
        if not sales:
            sales.append(running_sales(store))
        sale = pricing.best_sale(line_of(package), sales[0])
        if sale is None:
            return ""
        return shown(
            pricing.sale_price(package.price, sale.percentage, decimals=money.exponent(store.currency)), store
        )

    return sale_price
