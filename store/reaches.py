"""The JSON of a reach: what a coupon, a sale or a gift card is good for.

The three have the same `categoryIds` and `packageIds`; the words of `applicationScope` differ.
"""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import StrictChoiceField
from api.serializers import StrictSerializer
from store.fields import ReferencesField
from store.models import Category, Package
from store.pricing import Scope

ONE = {"store": Scope.STORE, "category": Scope.CATEGORIES, "package": Scope.PACKAGES}
MANY = {"packages": Scope.PACKAGES, "categories": Scope.CATEGORIES, "store": Scope.STORE}


class ScopeField(StrictChoiceField):
    """`applicationScope`. words: the clients' word → the scope."""

    def __init__(self, *, words: Mapping[str, Scope], **kwargs: Any) -> None:
        self.scopes = dict(words)
        super().__init__(choices=list(words), **({"source": "reach_scope"} | kwargs))

    def to_internal_value(self, data: Any) -> Scope:
        """Return the scope."""
        return self.scopes[super().to_internal_value(data)]

    def to_representation(self, value: Any) -> str:
        """Return the clients' word."""
        return next(word for word, scope in self.scopes.items() if scope == value)


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
class IdsField(serializers.Field[Any, Any, Any, Any]):
    """The ids of related rows; `ReachingQuerySet.with_reach` brings them for a page."""

    def to_representation(self, value: Any) -> list[str]:
        """Return the ids."""
        return [str(row.pk) for row in value.all()]


class ReachInput(StrictSerializer):
    """The part of an input that names categories and packages. A set replaces the one before."""

    categoryIds = ReferencesField(
        source="categories", rows=Category.objects.of_store, required=False, allow_null=True
    )
    packageIds = ReferencesField(
        source="packages", rows=Package.objects.visible_in, required=False, allow_null=True
    )
