"""Coupons: made once, then changed in what their holders were not promised."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.decorators import display

from store.coupon_serializers import CouponChangesInput, CouponInput
from store.errors import CouponIsUsed
from store.models import Coupon, Store, TeamPermission
from store.pricing import DiscountType
from store.services import coupons
from store.store_admin import refusals
from store.store_admin.amounts import shown
from store.store_admin.api_rules import as_the_api
from store.store_admin.chosen import person_of, store_of
from store.store_admin.filters import StoreListFilter
from store.store_admin.package_choices import ChoosesPackages
from store.store_admin.reach_forms import REACH_FIELDS, REACH_NAMES, WORDS, ReachForm, reach_in_words, reach_of
from store.store_admin.site import store_admin_site
from store.store_admin.tenancy import TenantModelAdmin

_FIXED = ["code", "discount_type", "override_sales", "minimum_purchase_amount", "maximum_discount_amount"]
_LATER = ["discount_value", "max_uses", "max_uses_per_user", "valid_from", "valid_until", "is_active"]


class CouponForm(ReachForm):
    """What makes a coupon, and what may change of it."""

    class Meta:
        model = Coupon
        fields = (*_FIXED, *_LATER, "categories", "packages")
        labels = {
            "discount_value": "Discount",
            "override_sales": "Counts for packages on sale too",
            "minimum_purchase_amount": "Minimum purchase",
            "maximum_discount_amount": "Most that it takes off an order",
            "max_uses": "Uses in all",
            "max_uses_per_user": "Uses by one player",
            "valid_from": "Valid from",
            "valid_until": "Valid until",
            "is_active": "Active",
        }
        help_texts = {
            "code": "What players type; case makes no difference. Visible characters without spaces.",
            "discount_type": "A percentage of the price, or an amount in the store's currency.",
            "discount_value": "10 is 10 % or 10 in the store's currency, as the type says.",
            "override_sales": "Then it is taken from the price of the sale.",
            "minimum_purchase_amount": "Compared after sales. Empty: none.",
            "maximum_discount_amount": "Empty: no limit.",
            "max_uses": "Empty: unlimited. Not below the uses so far.",
            "max_uses_per_user": "Empty: unlimited.",
            "valid_from": "Empty: at once. In the store's time zone.",
            "valid_until": "Empty: without end. In the store's time zone.",
            "packages": "Type a name to find a package.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "applies_to" in self.fields:
            field: Any = self.fields["applies_to"]
            field.choices = field.widget.choices = list(WORDS.items())


class RedeemableFilter(StoreListFilter):
    """Whether somebody can take a coupon now."""

    title, parameter_name = "redeemable", "redeemable"

    def options(self, store: Store) -> list[tuple[str, str]]:
        """Return yes and no."""
        return [("yes", "Yes"), ("no", "No")]

    def narrowed(self, rows: QuerySet[Any], value: str, store: Store) -> QuerySet[Any]:
        """Return the coupons of one answer."""
        ones = Coupon.objects.of_store(store).redeemable(timezone.now()).values("pk")
        return rows.filter(pk__in=ones) if value == "yes" else rows.exclude(pk__in=ones)


@admin.register(Coupon, site=store_admin_site)
class CouponAdmin(ChoosesPackages, TenantModelAdmin):
    """The coupons of the store."""

    group, icon = "Discounts", "confirmation_number"
    permission = TeamPermission.EDIT
    form = CouponForm
    error_names = refusals.API_NAMES | REACH_NAMES
    list_display = ["code", "discount", "used", "valid_until", "state"]
    csv_columns = (
        *("code", "discount_type", "discount_value", "applies", "uses", "max_uses", "max_uses_per_user"),
        *("valid_from", "valid_until", "is_active", "created_at"),
    )
    list_filter = [RedeemableFilter, "discount_type", "is_active"]
    search_fields = ["code"]
    ordering = ["-created_at", "-id"]
    fieldsets: ClassVar[Any] = [
        ("Coupon", {"fields": ["code", "discount_type", "discount_value", *_FIXED[2:]]}),
        ("Applies to", {"fields": REACH_FIELDS}),
        ("Limits", {"fields": _LATER[1:]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        """Bring the store, which knows the currency, and what each applies to."""
        rows: QuerySet[Coupon] = super().get_queryset(request).select_related("store")
        return rows.prefetch_related("categories__parent__parent", "packages")

    def get_fieldsets(self, request: HttpRequest, obj: Coupon | None = None) -> Any:
        """What players were promised is shown and stays."""
        if obj is None:
            return self.fieldsets
        promised = ["code", "discount", "override_sales", "minimum", "maximum", "applies"]
        sentence = "What players were promised stays as it is. Make another coupon for other terms."
        return [
            ("Coupon", {"fields": promised, "description": sentence}),
            ("Changes", {"fields": [*_LATER, "uses", "created_at"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> list[str]:
        """Return what is only looked at."""
        fixed = ["code", "discount", "override_sales", "minimum", "maximum", "applies"]
        return [*fixed, "uses", "created_at"] if obj else []

    @admin.display(description="Discount")
    def discount(self, coupon: Coupon) -> str:
        """Return the value as people write it."""
        if coupon.discount_type == DiscountType.PERCENTAGE:
            return f"{coupon.discount_value.normalize():f} %"
        return shown(coupon.discount_value, coupon.store)

    @admin.display(description="Used", ordering="uses")
    def used(self, coupon: Coupon) -> str:
        """Return the uses, and how many there may be."""
        return str(coupon.uses) if coupon.max_uses is None else f"{coupon.uses} of {coupon.max_uses}"

    @admin.display(description="Minimum purchase")
    def minimum(self, coupon: Coupon) -> str:
        """Return the least that an order must cost."""
        return shown(coupon.minimum_purchase_amount, coupon.store) or "None"

    @admin.display(description="Most that it takes off an order")
    def maximum(self, coupon: Coupon) -> str:
        """Return the cap."""
        return shown(coupon.maximum_discount_amount, coupon.store) or "No limit"

    @admin.display(description="Applies to")
    def applies(self, coupon: Coupon) -> str:
        """Return what it is good for."""
        return reach_in_words(coupon)

    @display(description="Now", label={"Redeemable": "success", "Not now": "info"})
    def state(self, coupon: Coupon) -> str:
        """Return whether somebody can take it."""
        return "Redeemable" if coupon.is_redeemable else "Not now"

    def create(self, request: HttpRequest, store: Store, fields: dict[str, Any]) -> Coupon:
        """Make a coupon."""
        given = as_the_api(CouponInput, reach_of(fields, says_package_scope=True), store)
        return coupons.create_coupon(store=store, user=person_of(request), **given)

    def update(self, request: HttpRequest, obj: Coupon, fields: dict[str, Any]) -> Coupon:
        """Change what may change."""
        store = store_of(request)
        given = as_the_api(CouponChangesInput, fields, store, is_change=True)
        return coupons.update_coupon(coupon=obj, store=store, user=person_of(request), **given)

    def delete_model(self, request: HttpRequest, obj: Coupon) -> None:
        """Delete it; that a used one is switched off instead is no refusal, which would be rolled back."""
        try:
            super().delete_model(request, obj)
        except CouponIsUsed as kept:
            refusals.keep(request, kept)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Say whether it is gone or switched off."""
        kept = refusals.kept(request)
        if kept is None:
            return cast(HttpResponse, super().response_delete(request, obj_display, obj_id))
        self.message_user(request, kept.message, messages.WARNING)
        return redirect(f"{self.admin_site.name}:store_coupon_change", obj_id)

    def remove(self, request: HttpRequest, obj: Coupon) -> None:
        """Delete a coupon; one that orders took is switched off, and that is said."""
        coupons.delete_coupon(coupon=obj, store=store_of(request), user=person_of(request))
