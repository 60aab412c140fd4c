"""The JSON of bans."""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework import serializers

from api.fields import StrictBooleanField, StrictCharField, StrictDateTimeField
from store.changes import ChangesSerializer
from store.identities import normal_network, normal_uuid
from store.models import Ban
from store.players import player_key

MAX_PLAYER_KEY = 64


def fits_the_key(username: str) -> None:
    """Refuse the few names that become longer than their column when they are folded."""
    if len(player_key(username)) > MAX_PLAYER_KEY:
        raise serializers.ValidationError("is too long when it is compared")


class NormalField(StrictCharField):
    """A text that is kept in its normal form. normal: raises ValueError with a sentence."""

    def __init__(self, *, normal: Callable[[str], str], **kwargs: Any) -> None:
        self.normal = normal
        super().__init__(one_line=True, max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the normal form."""
        try:
            return self.normal(super().to_internal_value(data))
        except ValueError as fault:
            raise serializers.ValidationError(str(fault)) from None


class BanChangesInput(ChangesSerializer):
    """What a client may change of a ban."""

    fixed: ClassVar[tuple[str, ...]] = ("playerUsername", "playerUuid", "ipAddress")

    reason = StrictCharField(max_length=500)
    expiresAt = StrictDateTimeField(
        source="expires_at", required=False, allow_null=True, help_text="Null is for good."
    )
    isActive = StrictBooleanField(source="is_active", required=False)


class BanInput(BanChangesInput):
    """What makes a ban: a reason and at least one of playerUsername, playerUuid and ipAddress."""

    fixed = ()

    playerUsername = StrictCharField(
        source="player_username",
        min_length=3,
        max_length=32,
        one_line=True,
        required=False,
        allow_null=True,
        validators=[fits_the_key],
        help_text="Case makes no difference.",
    )
    playerUuid = NormalField(
        source="player_uuid",
        normal=normal_uuid,
        required=False,
        allow_null=True,
        help_text="With or without hyphens.",
    )
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
