"""The JSON of categories."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from django.utils.text import slugify
from rest_framework import serializers

from api.fields import StrictBooleanField, StrictCharField, StrictIntegerField
from api.serializers import StrictSerializer
from store.fields import MAX_INTEGER, WEB_ADDRESS, ReferenceField
from store.models import Category


class SlugField(StrictCharField):
    """Small letters and digits of any script, with hyphens or underscores between them."""

    default_error_messages = {"slug": "must have only small letters, digits, hyphens and underscores"}

    def to_internal_value(self, data: Any) -> str:
        """Return the slug."""
        slug: str = super().to_internal_value(data)
        if slugify(slug, allow_unicode=True) != slug:
            self.fail("slug")
        return slug


class CategoryInput(StrictSerializer):
    """What a client may write of a category. In a PATCH, absent leaves as it is and null clears."""

    name = StrictCharField(max_length=120, one_line=True)
    description = StrictCharField(
        max_length=20_000, required=False, allow_null=True, allow_blank=True, help_text="HTML; it is sanitised."
    )
    slug = SlugField(max_length=140, required=False, allow_null=True, help_text="Null draws it from the name.")
    imageUrl = StrictCharField(
        source="image_url", max_length=2000, required=False, allow_null=True, validators=[WEB_ADDRESS]
    )
    parentId = ReferenceField(
        source="parent",
        rows=Category.objects.of_store,
        required=False,
        allow_null=True,
        help_text="Null is the top; there are at most three levels.",
    )
    sortOrder = StrictIntegerField(source="sort_order", min_value=0, max_value=MAX_INTEGER, required=False)
    isActive = StrictBooleanField(source="is_active", required=False)


class CategoryOutput(serializers.Serializer[Category]):
    """A category as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    slug = serializers.CharField()
    imageUrl = serializers.CharField(source="image_url", allow_null=True)
    parentId = serializers.UUIDField(source="parent_id", allow_null=True)
    sortOrder = serializers.IntegerField(source="sort_order")
    isActive = serializers.BooleanField(source="is_active")
    packageCount = serializers.IntegerField(
        source="package_count", help_text="Packages right in it, without those of its children."
    )
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
