"""The JSON of what a store sold."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import Any

from rest_framework import serializers

from store.fields import MoneyOutputField


class StatsDayOutput(serializers.Serializer[Any]):
    """One day."""

    date = serializers.DateField()
    revenue = MoneyOutputField()
    ordersCount = serializers.IntegerField(source="orders", min_value=0)


class TopPackageOutput(serializers.Serializer[Any]):
    """A package that sold."""

    packageId = serializers.UUIDField(source="package_id")
    packageName = serializers.CharField(source="name", help_text="As it is called now.")
    quantity = serializers.IntegerField(min_value=1)
    revenue = MoneyOutputField(help_text="What its lines cost after coupons, before refunds in parts.")


class StatsOutput(serializers.Serializer[Any]):
    """What a store sold from one day to another, both included."""

    to = serializers.DateField(source="last")
    timezone = serializers.CharField(help_text="The store's; its days are those of this zone.")
    currency = serializers.CharField()
    revenue = MoneyOutputField(help_text="Of paid orders, gift cards included, less what was given back.")
    ordersCount = serializers.IntegerField(source="orders", min_value=0, help_text="Paid and not undone.")
    refundedAmount = MoneyOutputField(source="refunded", help_text="Given back of orders paid in this time.")
    topPackages = TopPackageOutput(source="top", many=True, help_text="Ten at most, by revenue.")
    days = StatsDayOutput(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with `from` before them: a word of Python cannot stand in the class body."""
        return {"from": serializers.DateField(source="first"), **super().get_fields()}
