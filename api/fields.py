"""Serializer fields that refuse instead of coercing: `"7"` is not 7, `"yes"` is not true.

They take the same arguments as DRF's own fields, so OpenAPI documents them alike.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from decimal import Context, Decimal
from typing import Any, NoReturn

from rest_framework import serializers

from api.parsers import REFUSED_CHARACTERS

_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)

LINE_MARKS = "\n\r\t\x85\u2028\u2029"


class StrictCharField(serializers.CharField):
    """A JSON string; white space around it is cut unless `trim_whitespace=False`.

    one_line: refuse line ends and tabs.
    """

    default_error_messages = {
        "not_text": "must be a string",
        "lines": "must be a single line",
        "control": "must not have control characters",
    }

    def __init__(self, *, one_line: bool = False, **kwargs: Any) -> None:
        self.one_line = one_line
        super().__init__(**kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse everything that is not a string before DRF would turn it into one, and lines before it cuts."""
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("not_text")
        if self.one_line and isinstance(data, str) and any(mark in data for mark in LINE_MARKS):
            self.fail("lines")
        if isinstance(data, str) and REFUSED_CHARACTERS.search(data):
            self.fail("control")
        return super().run_validation(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction (7 and 7.0; not "7", not true)."""

    default_error_messages = {"not_integer": "must be a whole number"}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, Decimal) and data == data.to_integral_value():
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("not_integer")
        return data


class StrictDecimalField(serializers.DecimalField):
    """A JSON number, kept as Decimal; more decimals than `decimal_places` are refused, not rounded."""

    coerce_to_string = False
    default_error_messages = {"not_number": "must be a number"}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse everything that is not a number before DRF would take an empty text for null."""
        is_number = isinstance(data, int | Decimal) and not isinstance(data, bool)
        if data is not serializers.empty and data is not None and not is_number:
            self.fail("not_number")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number. The bounds come first: a number far outside them is too large, not too long."""
        number = Decimal(data) or Decimal(0)  # -0.0 is 0
        if self.max_value is not None and number > self.max_value:
            self.fail("max_value", max_value=self.max_value)
        if self.min_value is not None and number < self.min_value:
            self.fail("min_value", min_value=self.min_value)
        # Enough digits for any number that the parser lets in: the default context would round.
        return super().to_internal_value(number.normalize(Context(prec=1000)))


class StrictBooleanField(serializers.BooleanField):
    """`true` or `false`, nothing that looks like them."""

    default_error_messages = {"not_boolean": "must be true or false"}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse the texts that DRF takes for booleans and null."""
        if data is not serializers.empty and data is not None and not isinstance(data, bool):
            self.fail("not_boolean")
        return super().run_validation(data)


class StrictChoiceField(serializers.ChoiceField):
    """One of the given strings, in exactly their spelling. A refusal names them all."""

    default_error_messages = {"invalid_choice": "must be one of: {choices}"}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Raise the error, with the choices at hand for its sentence."""
        super().fail(key, choices=", ".join(map(str, self.choices)), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """ISO 8601 with an offset: `2026-12-31T23:59:00Z`. A time without an offset is refused.

    So are the first and the last year of the calendar, which have no time in some zones.
    """

    default_error_messages = {
        "no_offset": "must be an ISO 8601 time with an offset, e.g. 2026-12-31T23:59:00Z",
        "year": "must be in the years 2 to 9998",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment in UTC."""
        if not isinstance(value, str) or not _ISO_8601.fullmatch(value):
            self.fail("no_offset")
        try:
            # An offset can carry a time past the year 9999, which no database can keep.
            moment = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("no_offset")
        if moment.year in (MINYEAR, MAXYEAR):
            self.fail("year")
        return moment
