"""What drf-spectacular cannot see: how many decimals a number has, and that a push has one writable field."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from api.openapi import ProductAutoSchema
from providers.names import WRITABLE_NAMES

_FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
}
_DIFFERENCE = {
    "type": "object",
    "required": ["field", "old", "new"],
    "properties": {"field": {"type": "string"}, "old": {"nullable": True}, "new": {"nullable": True}},
}
_ADDED = {
    "changed": {"type": "array", "items": {"type": "string"}, "description": "Names of the changed fields"},
    "warnings": {"type": "array", "items": _FIELD_ERROR},
    "dryRun": {"type": "boolean", "enum": [True], "description": "Only with dryRun=true"},
    "difference": {"type": "array", "items": _DIFFERENCE, "description": "Only with dryRun=true"},
}


def _with_decimals(schema: dict[str, Any], serializer: Any) -> dict[str, Any]:
    """Say of each number how many decimals it may have."""
    for name, field in serializer.fields.items():
        if isinstance(field, serializers.DecimalField):
            schema["properties"][name]["multipleOf"] = 1 / 10 ** (field.decimal_places or 0)
    return schema


class PushInputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers untyped
    """The body of a push."""

    target_class = "providers.serializers.ProviderInput"

    def map_serializer(self, auto_schema: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """Return the schema with `multipleOf` on numbers, `uniqueItems` on lists, and one field required."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        _with_decimals(schema, self.target)
        for name, field in self.target.fields.items():
            if isinstance(field, serializers.ListField) and name != "tiers":
                schema["properties"][name]["uniqueItems"] = True
        schema["anyOf"] = [{"required": [name]} for name in WRITABLE_NAMES]
        return schema


class TierInputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers untyped
    """One price of a push."""

    target_class = "providers.serializers.TierInput"

    def map_serializer(self, auto_schema: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """Return the schema with `multipleOf` on the price."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["properties"]["price"]["multipleOf"] = 0.01
        return schema


class DirectoryQuerySchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers untyped
    """The parameters of the list."""

    target_class = "providers.filters.DirectoryQuery"

    def map_serializer(self, auto_schema: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """Return the schema with `multipleOf` on numbers."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return _with_decimals(schema, self.target)


class ProviderAutoSchema(ProductAutoSchema):
    """Adds to a push's success what stands beside `data`."""

    def _get_request_body(self, direction: Literal["request", "response"] = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # drf-spectacular
        if body is not None:
            body["required"] = True
        return body

    def _wrap(self, code: str, body: dict[str, Any]) -> None:
        super()._wrap(code, body)
        if self.method == "PATCH":
            schema = body["content"]["application/json"]["schema"]
            schema["properties"] |= _ADDED
            schema["required"] += ["changed", "warnings"]
