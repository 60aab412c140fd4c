"""How clients name a player: the same fields and words wherever a body has one."""
# ruff: noqa: N815 - the JSON is camelCase

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from api.fields import StrictCharField
from api.serializers import StrictSerializer
from store.identities import normal_uuid
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


def player_name(**kwargs: Any) -> StrictCharField:
    """Return a field for a player's name, 3 to 32 characters."""
    return StrictCharField(
        source="player_username",
        min_length=3,
        max_length=32,
        one_line=True,
        validators=[fits_the_key],
        help_text="Case makes no difference.",
        **kwargs,
    )


class PlayerInput(StrictSerializer):
    """The part of an input that names a player; the name is needed unless an input says otherwise."""

    playerUsername = player_name()
    playerUuid = NormalField(
        source="player_uuid",
        normal=normal_uuid,
        required=False,
        allow_null=True,
        help_text="With or without hyphens.",
    )
