"""The JSON of sales."""
# ruff: noqa: N815 - the JSON is camelCase

from rest_framework import serializers

from api.fields import StrictBooleanField, StrictCharField, StrictDateTimeField
from store.fields import PercentageOutputField, PositiveNumberField
from store.models import Sale
from store.reaches import ONE, IdsField, ReachInput, ScopeField


class SaleInput(ReachInput):
    """What a client may write of a sale. In a PATCH, absent leaves as it is and null clears."""

    name = StrictCharField(max_length=120, one_line=True)
    discountPercentage = PositiveNumberField(source="discount_percentage", max_value=100)
    applicationScope = ScopeField(words=ONE)
    isEnabled = StrictBooleanField(source="is_enabled", required=False)
    startDate = StrictDateTimeField(
        source="start_date", required=False, allow_null=True, help_text="Null is at once."
    )
    endDate = StrictDateTimeField(
        source="end_date", required=False, allow_null=True, help_text="Null is until it is disabled."
    )


class SaleOutput(serializers.Serializer[Sale]):
    """A sale as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    discountPercentage = PercentageOutputField(source="discount_percentage")
    applicationScope = ScopeField(words=ONE)
    categoryIds = IdsField(source="categories")
    packageIds = IdsField(source="packages")
    isEnabled = serializers.BooleanField(source="is_enabled")
    startDate = serializers.DateTimeField(source="start_date", allow_null=True)
    endDate = serializers.DateTimeField(source="end_date", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    isRunning = serializers.BooleanField(source="is_running")
