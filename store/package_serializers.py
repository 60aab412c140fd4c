"""The JSON of packages. Names are camelCase; input and output are separate."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
)
from api.serializers import StrictSerializer
from store.fields import (
    MAX_INTEGER,
    WEB_ADDRESS,
    MoneyField,
    MoneyOutputField,
    ReferenceField,
    ReferencesField,
    limit_field,
)
from store.models import (
    Category,
    CommandType,
    Interval,
    Package,
    PackageCommand,
    PackageType,
    Server,
)
from store.reaches import IdsField
from store.sale_prices import SalePriceField

MAX_COMMANDS = 50


class CommandInput(StrictSerializer):
    """A console command of a package."""

    type = StrictChoiceField(choices=CommandType.choices)
    serverId = ReferenceField(
        source="server",
        rows=Server.objects.of_store,
        required=False,
        allow_null=True,
        help_text="Null runs it on every server of the package.",
    )
    command = StrictCharField(max_length=500, one_line=True)
    requireOnline = StrictBooleanField(source="require_online", required=False)

    def to_internal_value(self, data: Any) -> Any:
        """Return the command: the list replaces as a whole, so that each is complete in a PATCH, too."""
        fields = super().to_internal_value(data)
        required = (name for name, field in self.fields.items() if field.required and name not in fields)
        missing = {name: [ErrorDetail("This field is required.", code="required")] for name in required}
        if missing:
            raise serializers.ValidationError(missing)
        return fields


class PackageInput(StrictSerializer):
    """What a client may write of a package. In a PATCH, absent leaves as it is and null clears."""

    name = StrictCharField(max_length=120, one_line=True)
    price = MoneyField(help_text="At most as many decimals as the store's currency has.")
    description = StrictCharField(
        max_length=20_000, required=False, allow_null=True, allow_blank=True, help_text="HTML; it is sanitised."
    )
    imageUrl = StrictCharField(
        source="image_url", max_length=2000, required=False, allow_null=True, validators=[WEB_ADDRESS]
    )
    isActive = StrictBooleanField(source="is_active", required=False)
    sortOrder = StrictIntegerField(source="sort_order", min_value=0, max_value=MAX_INTEGER, required=False)
    categoryId = ReferenceField(source="category", rows=Category.objects.of_store, required=False, allow_null=True)
    allowCustomPrice = StrictBooleanField(source="allow_custom_price", required=False)
    globalLimit = limit_field(1, source="global_limit", help_text="Null is unlimited.")
    perUserLimit = limit_field(1, source="per_user_limit", help_text="Null is unlimited.")
    isCumulative = StrictBooleanField(source="is_cumulative", required=False)
    isSubscription = StrictBooleanField(
        source="is_subscription", required=False, help_text="True says the same as type: subscription."
    )
    serverIds = ReferencesField(
        source="servers",
        rows=Server.objects.of_store,
        required=False,
        allow_null=True,
        help_text="Replaces the set.",
    )
    userServerSelectionEnabled = StrictBooleanField(source="user_server_selection_enabled", required=False)
    type = StrictChoiceField(choices=PackageType.choices, required=False)
    durationDays = limit_field(1, 36_500, source="duration_days")
    durationHours = limit_field(1, 876_000, source="duration_hours")
    interval = StrictChoiceField(choices=Interval.choices, required=False, allow_null=True)
    intervalCount = limit_field(1, 365, source="interval_count")
    trialDays = limit_field(0, 3650, source="trial_days")
    requiredPackageIds = ReferencesField(
        source="required_packages",
        rows=Package.objects.visible_in,
        required=False,
        allow_null=True,
        help_text="Packages that a player must have bought before. Replaces the set.",
    )
    commands = CommandInput(  # type: ignore[call-arg]  # the list's own argument
        many=True, required=False, allow_null=True, max_length=MAX_COMMANDS, help_text="Replaces the list."
    )
    availableFrom = StrictDateTimeField(source="available_from", required=False, allow_null=True)
    availableUntil = StrictDateTimeField(source="available_until", required=False, allow_null=True)


class CommandOutput(serializers.Serializer[PackageCommand]):
    """A command as clients read it."""

    type = serializers.ChoiceField(choices=CommandType.choices)
    serverId = serializers.UUIDField(source="server_id", allow_null=True)
    command = serializers.CharField()
    requireOnline = serializers.BooleanField(source="require_online")


class PackageOutput(serializers.Serializer[Package]):
    """A package as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    price = MoneyOutputField()
    description = serializers.CharField(allow_null=True)
    salePrice = SalePriceField()
    imageUrl = serializers.CharField(source="image_url", allow_null=True)
    isActive = serializers.BooleanField(source="is_active")
    sortOrder = serializers.IntegerField(source="sort_order")
    categoryId = serializers.UUIDField(source="category_id", allow_null=True)
    categoryName = serializers.CharField(source="category_name", allow_null=True)
    allowCustomPrice = serializers.BooleanField(source="allow_custom_price")
    globalLimit = serializers.IntegerField(source="global_limit", allow_null=True)
    perUserLimit = serializers.IntegerField(source="per_user_limit", allow_null=True)
    isCumulative = serializers.BooleanField(source="is_cumulative")
    isTiered = serializers.BooleanField(source="is_tiered")
    isSubscription = serializers.BooleanField(source="is_subscription")
    serverIds = IdsField(source="servers")
    userServerSelectionEnabled = serializers.BooleanField(source="user_server_selection_enabled")
    type = serializers.ChoiceField(choices=PackageType.choices)
    durationDays = serializers.IntegerField(source="duration_days", allow_null=True)
    durationHours = serializers.IntegerField(source="duration_hours", allow_null=True)
    interval = serializers.ChoiceField(choices=Interval.choices, allow_null=True)
    intervalCount = serializers.IntegerField(source="interval_count", allow_null=True)
    trialDays = serializers.IntegerField(source="trial_days", allow_null=True)
    requiredPackageIds = IdsField(source="required_packages")
    commands = CommandOutput(many=True)
    availableFrom = serializers.DateTimeField(source="available_from", allow_null=True)
    availableUntil = serializers.DateTimeField(source="available_until", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
