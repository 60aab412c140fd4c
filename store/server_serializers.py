"""The JSON of servers."""
# ruff: noqa: N815 - the JSON is camelCase

from rest_framework import serializers

from store.models import Server


class ServerOutput(serializers.Serializer[Server]):
    """A game server as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")
