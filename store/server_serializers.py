"""The JSON of servers."""
# ruff: noqa: N815 - the JSON is camelCase

from rest_framework import serializers

from api.fields import StrictCharField
from api.serializers import StrictSerializer
from store.models import Server


class ServerInput(StrictSerializer):
    """What the store's staff write of a server."""

    name = StrictCharField(max_length=120, one_line=True)


class ServerOutput(serializers.Serializer[Server]):
    """A game server as clients read it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")
