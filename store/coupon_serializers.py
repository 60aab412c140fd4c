"""The JSON of coupons."""
# ruff: noqa: N802, N815 - the JSON is camelCase

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
)
from store import money
from store.changes import ChangesSerializer
from store.fields import MoneyField, MoneyOutputField, PositiveMoneyField, PositiveNumberField
from store.models import Coupon
from store.pricing import DiscountType
from store.reaches import MANY, IdsField, ReachInput, ScopeField
from store.services.reaches import ALL, SPECIFIC

MAX_USES = 2_147_483_647
TYPES = [kind.value for kind in DiscountType]
CODE = RegexValidator(r"^[!-~]{1,64}$", "must be visible ASCII characters without spaces")


def _uses(**kwargs: Any) -> StrictIntegerField:
    return StrictIntegerField(
        min_value=1, max_value=MAX_USES, required=False, allow_null=True, help_text="Null is unlimited.", **kwargs
    )


def _discount() -> PositiveNumberField:
    return PositiveNumberField(
        source="discount_value",
        max_value=money.MAX_AMOUNT,
        help_text="A percentage of at most 100, or an amount in the store's currency.",
    )


class CouponChangesInput(ChangesSerializer):
    """What a client may change of a coupon."""

    fixed: ClassVar[tuple[str, ...]] = (
        "code", "discountType", "applicationScope", "packageScope", "packageIds", "categoryIds", "overrideSales",
        "minimumPurchaseAmount", "maximumDiscountAmount",
    )  # fmt: skip

    discountValue = _discount()
    maxUses = _uses(source="max_uses")
    maxUsesPerUser = _uses(source="max_uses_per_user")
    validFrom = StrictDateTimeField(source="valid_from", required=False, allow_null=True)
    validUntil = StrictDateTimeField(source="valid_until", required=False, allow_null=True)
    isActive = StrictBooleanField(source="is_active", required=False)


class CouponInput(ReachInput):
    """What makes a coupon."""

    code = StrictCharField(max_length=64, one_line=True, validators=[CODE], help_text="Case makes no difference.")
    discountType = StrictChoiceField(source="discount_type", choices=TYPES)
    discountValue = _discount()
    applicationScope = ScopeField(words=MANY)
    packageScope = StrictChoiceField(
        source="package_scope",
        choices=[ALL, SPECIFIC],
        required=False,
        allow_null=True,
        help_text="Needed for applicationScope packages; `specific` needs packageIds.",
    )
    maxUses = _uses(source="max_uses")
    maxUsesPerUser = _uses(source="max_uses_per_user")
    validFrom = StrictDateTimeField(source="valid_from", required=False, allow_null=True)
    validUntil = StrictDateTimeField(source="valid_until", required=False, allow_null=True)
    isActive = StrictBooleanField(source="is_active", required=False)
    overrideSales = StrictBooleanField(
        source="override_sales", required=False, help_text="Whether it counts for packages on sale too."
    )
    minimumPurchaseAmount = MoneyField(source="minimum_purchase_amount", required=False, allow_null=True)
    maximumDiscountAmount = PositiveMoneyField(source="maximum_discount_amount", required=False, allow_null=True)


class CouponOutput(serializers.Serializer[Coupon]):
    """A coupon as clients read it."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    discountType = serializers.ChoiceField(source="discount_type", choices=TYPES)
    discountValue = serializers.SerializerMethodField()
    applicationScope = ScopeField(words=MANY)
    packageScope = serializers.ChoiceField(source="package_scope", choices=[ALL, SPECIFIC], allow_null=True)
    packageIds = IdsField(source="packages")
    maxUses = serializers.IntegerField(source="max_uses", allow_null=True)
    maxUsesPerUser = serializers.IntegerField(source="max_uses_per_user", allow_null=True)
    uses = serializers.IntegerField()
    validFrom = serializers.DateTimeField(source="valid_from", allow_null=True)
    validUntil = serializers.DateTimeField(source="valid_until", allow_null=True)
    isActive = serializers.BooleanField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    categoryIds = IdsField(source="categories")
    overrideSales = serializers.BooleanField(source="override_sales")
    minimumPurchaseAmount = MoneyOutputField(source="minimum_purchase_amount", allow_null=True)
    maximumDiscountAmount = MoneyOutputField(source="maximum_discount_amount", allow_null=True)
    isRedeemable = serializers.BooleanField(source="is_redeemable")

    @extend_schema_field({"type": "number"})
    def get_discountValue(self, coupon: Coupon) -> Decimal:
        """Return an amount with the currency's decimals, a percentage without zeros at its end."""
        if coupon.discount_type == DiscountType.FIXED:
            return money.written(coupon.discount_value, money.quantum(self.context["store"].currency))
        return coupon.discount_value.normalize()
