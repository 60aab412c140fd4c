"""JSON fields that only links have, each documented as strictly as it is enforced."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from django.core.validators import RegexValidator
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import StrictCharField, StrictDateTimeField, StrictIntegerField
from links import slugs, targets
from links.models import RedirectType

TIME_ZONES = sorted(available_timezones() | {"UTC"})
_KNOWN_ZONES = frozenset(TIME_ZONES)
TAG = RegexValidator(
    r"^[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f])?\Z",
    "must be a single line without white space around it",
    "lines",
)


@extend_schema_field(
    {
        "type": "string",
        "format": "uri",
        "minLength": 1,
        "maxLength": targets.MAX_LENGTH,
        "example": "https://example.com/very/long/path",
    }
)
class TargetField(StrictCharField):
    """Where a link leads; `links.targets.judge` decides."""

    def to_internal_value(self, data: Any) -> str:
        """Return the URL as it is stored."""
        text = super().to_internal_value(data)
        try:
            return targets.judge(text)
        except targets.TargetRefused as refused:
            raise serializers.ValidationError(refused.message, refused.code) from None


@extend_schema_field({"type": "string", "pattern": slugs.PATTERN.replace(r"\Z", "$"), "example": "my-link"})
class SlugField(StrictCharField):
    """A slug of the caller's choice, as it is: no white space is cut, no case changed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the slug."""
        slug = super().to_internal_value(data)
        fault = slugs.fault_of(slug)
        if fault is not None:
            code, sentence = fault
            raise serializers.ValidationError(sentence, code)
        return slug


class FutureField(StrictDateTimeField):
    """A moment that has not come yet."""

    default_error_messages = {"past": "must be in the future"}

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment in UTC."""
        moment = super().to_internal_value(value)
        if moment <= timezone.now():
            self.fail("past")
        return moment


@extend_schema_field({"type": "integer", "enum": list(RedirectType.values)})
class RedirectTypeField(StrictIntegerField):
    """302 or 307."""

    default_error_messages = {"unknown": "must be 302 or 307"}

    def to_internal_value(self, data: Any) -> int:
        """Return the status."""
        number = super().to_internal_value(data)
        if number not in RedirectType.values:
            self.fail("unknown")
        return number


class QueryNumberField(serializers.IntegerField):
    """A number in a query: ASCII digits alone. Python would also read `2_56`, `+7` and digits of other scripts."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not re.fullmatch("[0-9]{1,9}", str(data)):
            self.fail("invalid")
        return int(data)


class OffsetTimeField(serializers.DateTimeField):
    """Output: ISO 8601 in UTC with `+00:00`, as Fluxly's document writes it."""

    def to_representation(self, value: Any) -> str:
        """Return the text; DRF itself writes null for None."""
        return as_text(value)


def as_text(moment: datetime) -> str:
    """Return `2026-12-31T23:59:00+00:00`; fractions of a second appear only where there are any."""
    return moment.astimezone(UTC).isoformat()


@extend_schema_field({"type": "string", "enum": TIME_ZONES})
class TimeZoneField(serializers.Field[str, Any, str, Any]):
    """An IANA time zone. DRF's own field of choices would copy all six hundred for each request."""

    default_error_messages = {"invalid_choice": '"{input}" is not an IANA time zone.'}

    def to_internal_value(self, data: Any) -> str:
        """Return the name."""
        if data not in _KNOWN_ZONES:
            self.fail("invalid_choice", input=data)
        return str(data)
