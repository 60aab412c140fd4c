"""The JSON of FluxStore. Names are camelCase; input and output are separate."""
# ruff: noqa: N802, N815 - the JSON is camelCase

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.errors import InvalidFields
from api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
)
from api.serializers import StrictSerializer
from apikeys.models import ApiKey
from apikeys.scopes import MATRIX, Scopes, check_scopes
from store.fields import MoneyField, MoneyOutputField, ReferenceField, ReferencesField
from store.models import Category, Interval, Package, PackageType, Server

MAX_INTEGER = 2_147_483_647
WEB_ADDRESS = RegexValidator(
    r"^https?://[A-Za-z0-9][!#-;=?-~]*$", "must be an address that starts with https:// or http://"
)


def _limit(low: int, high: int = MAX_INTEGER, **kwargs: Any) -> StrictIntegerField:
    """Return a field for a whole number that null switches off."""
    return StrictIntegerField(min_value=low, max_value=high, required=False, allow_null=True, **kwargs)


class PackageInput(StrictSerializer):
    """What a client may write of a package. In a PATCH, absent leaves as it is and null clears."""

    name = StrictCharField(max_length=120, one_line=True)
    price = MoneyField(help_text="At most as many decimals as the store's currency has.")
    description = StrictCharField(max_length=20_000, required=False, allow_null=True, allow_blank=True)
    imageUrl = StrictCharField(
        source="image_url", max_length=2000, required=False, allow_null=True, validators=[WEB_ADDRESS]
    )
    isActive = StrictBooleanField(source="is_active", required=False)
    sortOrder = StrictIntegerField(source="sort_order", min_value=0, max_value=MAX_INTEGER, required=False)
    categoryId = ReferenceField(source="category", rows=Category.objects.of_store, required=False, allow_null=True)
    allowCustomPrice = StrictBooleanField(source="allow_custom_price", required=False)
    globalLimit = _limit(1, source="global_limit", help_text="Null is unlimited.")
    perUserLimit = _limit(1, source="per_user_limit", help_text="Null is unlimited.")
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
    durationDays = _limit(1, 36_500, source="duration_days")
    durationHours = _limit(1, 876_000, source="duration_hours")
    interval = StrictChoiceField(choices=Interval.choices, required=False, allow_null=True)
    intervalCount = _limit(1, 365, source="interval_count")
    trialDays = _limit(0, 3650, source="trial_days")
    availableFrom = StrictDateTimeField(source="available_from", required=False, allow_null=True)
    availableUntil = StrictDateTimeField(source="available_until", required=False, allow_null=True)


class PackageOutput(serializers.Serializer[Package]):
    """A package as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    price = MoneyOutputField()
    description = serializers.CharField(allow_null=True)
    salePrice = MoneyOutputField(source="sale_price", allow_null=True)
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
    serverIds = serializers.SerializerMethodField()
    userServerSelectionEnabled = serializers.BooleanField(source="user_server_selection_enabled")
    type = serializers.ChoiceField(choices=PackageType.choices)
    durationDays = serializers.IntegerField(source="duration_days", allow_null=True)
    durationHours = serializers.IntegerField(source="duration_hours", allow_null=True)
    interval = serializers.ChoiceField(choices=Interval.choices, allow_null=True)
    intervalCount = serializers.IntegerField(source="interval_count", allow_null=True)
    trialDays = serializers.IntegerField(source="trial_days", allow_null=True)
    availableFrom = serializers.DateTimeField(source="available_from", allow_null=True)
    availableUntil = serializers.DateTimeField(source="available_until", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_serverIds(self, package: Package) -> list[str]:
        """Return the ids of the servers, the oldest first."""
        return [str(server.pk) for server in package.servers.all()]


class ServerOutput(serializers.Serializer[Server]):
    """A game server as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")


def _permissions_schema() -> dict[str, Any]:
    """Return the scope matrix as a schema: each area with the list of what it can allow."""
    areas = {
        area: {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(verbs)}}
        for area, verbs in MATRIX["fluxstore"].items()
    }
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": areas}


@extend_schema_field(_permissions_schema())
class PermissionsField(serializers.Field[Scopes, Any, Scopes, Any]):
    """Area → list of permissions; nothing outside the product's matrix."""

    def to_internal_value(self, data: Any) -> Scopes:
        """Return the scopes in the matrix's order."""
        try:
            return check_scopes("fluxstore", data)
        except InvalidFields as refusal:
            faults: dict[str, list[Any]] = {}
            for fault in refusal.errors:
                area = fault.field.removeprefix("permissions").removeprefix(".")
                faults.setdefault(area, []).append(serializers.ErrorDetail(fault.message, fault.code))
            raise serializers.ValidationError(faults.get("") or faults) from None

    def to_representation(self, value: Scopes) -> Scopes:
        """Return the scopes as they are kept."""
        return value


class KeyInput(StrictSerializer):
    """What makes an API key of a store."""

    name = StrictCharField(max_length=80, one_line=True)
    permissions = PermissionsField()
    expiresAt = StrictDateTimeField(
        source="expires_at", required=False, allow_null=True, help_text="In the future; null is never."
    )


class KeyOutput(serializers.Serializer[ApiKey]):
    """An API key without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="The beginning and the last four characters of the key.")
    permissions = PermissionsField(source="scopes")
    createdAt = serializers.DateTimeField(source="created_at")
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    lastUsedAt = serializers.DateTimeField(source="last_used_at", allow_null=True)
    lastUsedIp = serializers.SerializerMethodField(help_text="The network of the last caller, cut to /24 or /48.")
    revokedAt = serializers.DateTimeField(source="revoked_at", allow_null=True)

    def get_lastUsedIp(self, key: ApiKey) -> str | None:
        """Return the network, None for a key that was never used."""
        return key.last_used_network or None


class IssuedKeyOutput(KeyOutput):
    """An API key at the one time when its secret can be read."""

    key = serializers.SerializerMethodField(help_text="The whole key. It is shown once.")

    def get_key(self, key: ApiKey) -> str:
        """Return the secret that the view was handed."""
        secret: str = self.context["secret"]
        return secret
