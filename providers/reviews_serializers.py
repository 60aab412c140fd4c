"""The JSON of reviews: which page is asked for, and what everybody may read."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from api.fields import StrictCharField, StrictIntegerField
from providers.models.reviews import HIGHEST, LOWEST, Review
from providers.queries import QuerySerializer

# Short enough for every database's keys.
REVIEW_CURSOR = r"^[1-9][0-9]{0,17}\Z"


class ReviewsQuery(QuerySerializer):
    """Which page of the reviews."""

    limit = StrictIntegerField(min_value=1, max_value=100, default=20)
    after = StrictCharField(max_length=18, required=False, validators=[RegexValidator(REVIEW_CURSOR)])


class ReplyOutput(serializers.Serializer[Review]):
    """The provider's answer."""

    text = serializers.CharField(source="reply")
    at = serializers.DateTimeField(source="replied_at")


class ReviewOutput(serializers.Serializer[Review]):
    """A published review. text and reply are plain text. editedAt: when its author changed it last."""

    rating = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    title = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    displayName = serializers.CharField(source="display_name")
    createdAt = serializers.DateTimeField(source="created_at")
    editedAt = serializers.DateTimeField(source="edited_at", allow_null=True)
    reply = ReplyOutput(allow_null=True, source="own_reply")


class ReviewPage(serializers.Serializer[Any]):
    """Some reviews, the newest first. nextCursor: give it as `after` to read on; null at the end."""

    items = ReviewOutput(many=True)
    nextCursor = serializers.CharField(allow_null=True)
