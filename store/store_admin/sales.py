"""Sales: percentages off list prices."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from store.models import Sale, Store, TeamPermission
from store.sale_serializers import SaleInput
from store.services import sales
from store.store_admin import refusals
from store.store_admin.api_rules import as_the_api
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import StoreListFilter
from store.store_admin.forms import TenantForm
from store.store_admin.package_choices import ChoosesPackages
from store.store_admin.reach_forms import REACH_FIELDS, REACH_NAMES, ReachForm, reach_in_words, reach_of
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin


class SaleForm(ReachForm):
    """What makes a sale."""

    is_fixed = False

    class Meta:
        model = Sale
        fields = ("name", "discount_percentage", "is_enabled", "start_date", "end_date", "categories", "packages")
        labels = {
            "discount_percentage": "Percentage off",
            "is_enabled": "Enabled",
            "start_date": "Starts",
            "end_date": "Ends",
        }
        help_texts = {
            "discount_percentage": "Above 0, at most 100. Of several sales a package gets the best one.",
            "start_date": "Empty: at once. In the store's time zone.",
            "end_date": "Empty: until you disable it. In the store's time zone.",
            "packages": "Type a name to find a package.",
        }


class RunningFilter(StoreListFilter):
    """Whether a sale lowers prices now."""

    title, parameter_name = "running", "running"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return yes and no."""
        return [("yes", "Yes"), ("no", "No")]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the sales of one answer."""
        ones = Sale.objects.of_store(store).running(timezone.now()).values("pk")
        return rows.filter(pk__in=ones) if value == "yes" else rows.exclude(pk__in=ones)


@admin.register(Sale, site=store_admin_site)
class SaleAdmin(ChoosesPackages, TenantModelAdmin):
    """The sales of the store."""

    group, icon = "Discounts", "sell"
    permission = TeamPermission.EDIT
    form: type[TenantForm] = SaleForm
    error_names = refusals.API_NAMES | REACH_NAMES
    list_display = ["name", "percentage", "applies", "start_date", "end_date", "state"]
    csv_columns = ("name", "percentage", "applies", "is_enabled", "start_date", "end_date", "created_at")
    list_filter = [RunningFilter, "is_enabled"]
    search_fields = ["name"]
    ordering = ["-created_at", "-id"]
    fieldsets: ClassVar[Any] = [
        ("Sale", {"fields": ["name", "discount_percentage", "is_enabled", "start_date", "end_date"]}),
        ("Applies to", {"fields": REACH_FIELDS}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sale]:
        """Bring what each applies to."""
        rows: QuerySet[Sale] = super().get_queryset(request)
        return rows.prefetch_related("categories__parent__parent", "packages")

    @admin.display(description="Off", ordering="discount_percentage")
    def percentage(self, sale: Sale) -> str:
        """Return the percentage as people write it."""
        return f"{sale.discount_percentage.normalize():f} %"

    @admin.display(description="Applies to")
    def applies(self, sale: Sale) -> str:
        """Return what it is good for."""
        return reach_in_words(sale)

    @display(description="Now", label={"Running": "success", "Planned": "warning", "Off": "info", "Over": "info"})
    def state(self, sale: Sale) -> str:
        """Return whether it lowers prices."""
        if sale.is_running:
            return "Running"
        if not sale.is_enabled:
            return "Off"
        is_planned = sale.start_date is not None and sale.start_date > timezone.now()
        return "Planned" if is_planned else "Over"

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Sale:
        """Make a sale."""
        given = as_the_api(SaleInput, reach_of(fields), store)
        return sales.create_sale(store=store, user=person_of(request), **given)

    def update(self, request: HttpRequest, obj: Sale, fields: dict[str, Any]) -> Sale:
        """Change a sale."""
        store = store_of(request)
        given = as_the_api(SaleInput, reach_of(fields), store, is_change=True)
        return sales.update_sale(sale=obj, store=store, user=person_of(request), **given)

    def remove(self, request: HttpRequest, obj: Sale) -> None:
        """Delete a sale; orders keep their prices."""
        sales.delete_sale(sale=obj, store=store_of(request), user=person_of(request))
