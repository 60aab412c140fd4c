"""The JSON of subscriptions."""
# ruff: noqa: N815 - the JSON is camelCase

from rest_framework import serializers

from store.models import Subscription, SubscriptionStatus


class SubscriptionOutput(serializers.Serializer[Subscription]):
    """A package that renews for a player."""

    id = serializers.UUIDField()
    playerUsername = serializers.CharField(source="customer.player_username")
    playerUuid = serializers.CharField(source="customer.player_uuid", allow_null=True)
    packageId = serializers.UUIDField(source="package_id")
    packageName = serializers.CharField(source="package.name")
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices)
    currentPeriodEnd = serializers.DateTimeField(source="current_period_end")
    cancelAtPeriodEnd = serializers.BooleanField(source="cancel_at_period_end")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
