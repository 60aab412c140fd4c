"""The JSON of bans."""
# ruff: noqa: N815 - the JSON is camelCase

from typing import ClassVar

from rest_framework import serializers

from api.fields import StrictBooleanField, StrictCharField, StrictDateTimeField
from store.changes import ChangesSerializer
from store.identities import normal_network
from store.models import Ban
from store.player_serializers import NormalField, PlayerInput, player_name


class BanChangesInput(ChangesSerializer):
    """What a client may change of a ban."""

    fixed: ClassVar[tuple[str, ...]] = ("playerUsername", "playerUuid", "ipAddress")

    reason = StrictCharField(max_length=500)
    expiresAt = StrictDateTimeField(
        source="expires_at", required=False, allow_null=True, help_text="Null is for good."
    )
    isActive = StrictBooleanField(source="is_active", required=False)


class BanInput(PlayerInput, BanChangesInput):
    """What makes a ban: a reason and at least one of playerUsername, playerUuid and ipAddress."""

    fixed = ()

    playerUsername = player_name(required=False, allow_null=True)
    ipAddress = NormalField(
        source="ip_address",
        normal=normal_network,
        required=False,
        allow_null=True,
        help_text="An IPv4 or IPv6 address, or a network such as 203.0.113.0/24.",
    )


class BanOutput(serializers.Serializer[Ban]):
    """A ban as clients read it."""

    id = serializers.UUIDField()
    playerUsername = serializers.CharField(source="player_username", allow_null=True)
    playerUuid = serializers.CharField(source="player_uuid", allow_null=True)
    ipAddress = serializers.CharField(source="ip_address", allow_null=True)
    reason = serializers.CharField()
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    isActive = serializers.BooleanField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
