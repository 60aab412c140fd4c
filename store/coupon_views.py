"""Coupons over HTTP."""

from typing import Any

from django.db.models import QuerySet

from store.coupon_serializers import TYPES, CouponChangesInput, CouponInput, CouponOutput
from store.listing import BY_IDS, CREATED, UPDATED, Listing, one_of, true_or_false
from store.models import Coupon, Store
from store.resources import Created, Deleted, Listed, Read, ResourceView, Updated, documented
from store.searching import Search
from store.services import coupons

COUPONS = Listing(
    output=CouponOutput,
    sorts={
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "code": "code_key",
        "uses": "uses",
        "discountValue": "discount_value",
    },
    default_sort="createdAt",
    search=Search(("code",)),
    filters={
        **CREATED,
        **UPDATED,
        **BY_IDS,
        "isActive": (true_or_false(None, "Whether it is switched on."), "is_active"),
        "discountType": (one_of(tuple(TYPES), None, "How it counts."), "discount_type"),
    },
)


class CouponView(ResourceView):
    """What the views of coupons share."""

    area = "Coupons"
    noun, plural = "coupon", "coupons"
    listing, input, output = COUPONS, CouponInput, CouponOutput

    def rows(self, store: Store) -> QuerySet[Coupon]:
        """Return the store's coupons."""
        return Coupon.objects.of_store(store).with_reach()


@documented
class CouponListView(Listed, Created, CouponView):
    """`/api/v1/coupons`."""

    def create(self, fields: dict[str, Any]) -> Coupon:
        """Create a coupon."""
        return coupons.create_coupon(store=self.store, key=self.key, **fields)


@documented
class CouponDetailView(Read, Updated, Deleted, CouponView):
    """`/api/v1/coupons/{id}`."""

    changes = CouponChangesInput

    def update(self, row: Coupon, fields: dict[str, Any]) -> Coupon:
        """Change a coupon."""
        return coupons.update_coupon(coupon=row, store=self.store, key=self.key, **fields)

    def remove(self, row: Coupon) -> None:
        """Delete a coupon, or switch a used one off."""
        coupons.delete_coupon(coupon=row, store=self.store, key=self.key)
