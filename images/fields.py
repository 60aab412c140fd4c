"""Fields of a multipart form: texts in exactly the spelling that the document names."""

import re
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from api.fields import StrictChoiceField

SESSION_ID = r"^[A-Za-z0-9._-]{1,64}$"
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,9}", re.ASCII)


class FormIntegerField(serializers.IntegerField):
    """A whole number as a form sends it: digits, nothing else."""

    default_error_messages = {"invalid": "must be a whole number"}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, str) or not _WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid")
        return int(data)


class FormDecimalField(serializers.FloatField):
    """A number with decimals as a form sends it: digits around one point."""

    default_error_messages = {"invalid": "must be a number such as 0.98"}

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        if not isinstance(data, str) or not _DECIMAL.fullmatch(data):
            self.fail("invalid")
        return float(data)


class FormBooleanField(serializers.BooleanField):
    """`true` or `false` as a form sends it."""

    default_error_messages = {"invalid": "must be true or false"}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse the other texts that DRF takes for booleans and null."""
        if data is not serializers.empty and (not isinstance(data, str) or data.lower() not in {"true", "false"}):
            self.fail("invalid")
        return super().run_validation(data)


class SessionIdField(serializers.CharField):
    """1 to 64 letters, digits, dots, underscores and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        sentence = "must be 1 to 64 letters, digits, dots, underscores or hyphens"
        # `\\Z` where the schema has `$`: Python's `$` also matches before a line end.
        pattern = SESSION_ID.replace("$", r"\Z")
        super().__init__(validators=[RegexValidator(pattern, sentence)], trim_whitespace=False, **kwargs)


class FormatField(StrictChoiceField):
    """A format to write; JPEG XL is known, and refused in a sentence of its own."""

    default_error_messages = {"jxl": "jxl is not offered: the image library here has no JPEG XL encoder"}

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice."""
        if data == "jxl":
            self.fail("jxl")
        return super().to_internal_value(data)
