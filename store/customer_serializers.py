"""The JSON of customers: no e-mail address and no address of a network."""
# ruff: noqa: N815 - the JSON is camelCase

from rest_framework import serializers

from store.fields import MoneyOutputField
from store.models import Customer


class CustomerOutput(serializers.Serializer[Customer]):
    """A player who bought something."""

    id = serializers.UUIDField()
    playerUsername = serializers.CharField(source="player_username")
    playerUuid = serializers.CharField(source="player_uuid", allow_null=True)
    totalSpent = MoneyOutputField(
        source="total_spent", help_text="Of paid orders, gift cards included, less what was given back."
    )
    ordersCount = serializers.IntegerField(source="orders_count", help_text="Paid orders that were not undone.")
    lastPurchaseAt = serializers.DateTimeField(source="last_purchase_at")
    createdAt = serializers.DateTimeField(source="created_at")
