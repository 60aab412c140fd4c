"""The JSON of a store's API keys."""
# ruff: noqa: N802, N815 - the JSON is camelCase

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.errors import InvalidFields
from api.fields import StrictCharField, StrictDateTimeField
from api.serializers import StrictSerializer
from apikeys.models import ApiKey
from apikeys.scopes import MATRIX, Scopes, check_scopes


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

    key = serializers.SerializerMethodField(
        help_text="The whole key. It is shown once; a repeat of the request has null."
    )

    def get_key(self, key: ApiKey) -> str | None:
        """Return the secret that the view was handed."""
        secret: str = self.context["secret"]
        return secret
