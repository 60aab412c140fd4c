"""Serializer fields that need to know the store: its money, and references to its rows.

The serializer's context has the store: `{"store": store}`.
"""

import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.validators import RegexValidator
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import StrictDecimalField, StrictIntegerField
from store import money
from store.models import Store

Rows = Callable[[Store], QuerySet[Any]]
UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_UUID = {"type": "string", "format": "uuid"}
MAX_REFERENCES = 100
MAX_INTEGER = 2_147_483_647
WEB_ADDRESS = RegexValidator(
    r"^https?://[A-Za-z0-9][!#-;=?-~]*$", "must be an address that starts with https:// or http://"
)
# The least that any column of money and percentages holds.
NOT_ZERO = Decimal("0.001")
_MISSING = "does not exist"
_NOT_UUID = "must be a UUID"


def limit_field(low: int, high: int = MAX_INTEGER, **kwargs: Any) -> StrictIntegerField:
    """Return a field for a whole number that null switches off."""
    return StrictIntegerField(min_value=low, max_value=high, required=False, allow_null=True, **kwargs)


class MoneyField(StrictDecimalField):
    """An amount in the store's currency: a JSON number of 0 to 999 999 999 with at most its decimals."""

    default_error_messages = {"decimals": "must have at most {decimals} decimals in {currency}"}

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": 0, "max_value": money.MAX_AMOUNT}
        super().__init__(
            max_digits=12, decimal_places=money.MAX_EXPONENT, coerce_to_string=False, **(limits | kwargs)
        )

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the amount with the currency's decimals; one decimal too many is refused, not rounded."""
        amount = super().to_internal_value(data)
        currency = self.context["store"].currency
        # A range fault is told by the validators, which run afterwards.
        if abs(amount) <= money.MAX_AMOUNT and not money.fits(amount, currency):
            self.fail("decimals", decimals=money.exponent(currency), currency=currency)
        return amount


class PositiveMoneyField(MoneyField):
    """An amount above 0 in the store's currency."""

    default_error_messages = {"min_value": "must be greater than 0"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"min_value": NOT_ZERO} | kwargs))


@extend_schema_field({"type": "number"})
class MoneyOutputField(serializers.Field[Decimal, Any, Decimal, Any]):
    """An amount, written with exactly the decimals of the store's currency: 10 € is 10.00, 10 ¥ is 10."""

    def to_representation(self, value: Decimal) -> Decimal:
        """Return the amount; the renderer writes it digit by digit."""
        return money.written(value, self._smallest)

    @cached_property
    def _smallest(self) -> Decimal:
        return money.quantum(self.context["store"].currency)


class PositiveNumberField(StrictDecimalField):
    """A number above 0 with at most three decimals. max_value: what the column holds, or less."""

    default_error_messages = {"min_value": "must be greater than 0"}

    def __init__(self, *, max_value: int, **kwargs: Any) -> None:
        super().__init__(
            max_digits=12,
            decimal_places=money.MAX_EXPONENT,
            min_value=NOT_ZERO,
            max_value=max_value,
            coerce_to_string=False,
            **kwargs,
        )


@extend_schema_field({"type": "number"})
class PercentageOutputField(serializers.Field[Decimal, Any, Decimal, Any]):
    """A percentage without zeros at its end: 25, 12.5."""

    def to_representation(self, value: Decimal) -> Decimal:
        """Return the number."""
        return value.normalize()


@extend_schema_field(_UUID)
class IdField(serializers.Field[Any, Any, Any, Any]):
    """The id of a row that a service looks for, many of them in one query."""

    default_error_messages = {"not_uuid": _NOT_UUID}

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """Return the id."""
        if not isinstance(data, str) or not UUID_TEXT.fullmatch(data):
            self.fail("not_uuid")
        return uuid.UUID(data)


@extend_schema_field(_UUID)
class ReferenceField(serializers.Field[Any, Any, Any, Any]):
    """The id of a row of the same store; another store's is answered like a missing one."""

    default_error_messages = {"not_uuid": _NOT_UUID, "unknown": _MISSING}

    def __init__(self, *, rows: Rows, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Model:
        """Return the row."""
        if not isinstance(data, str) or not UUID_TEXT.fullmatch(data):
            self.fail("not_uuid")
        # Items of a batch name the same few rows again and again; within a request each is read once.
        context: Any = self.context
        known: dict[Any, Model | None] = context.setdefault("references", {})
        name = (type(self.parent), self.field_name, data.lower())
        if name not in known:
            known[name] = self.rows(context["store"]).filter(pk=uuid.UUID(data)).first()
        row = known[name]
        if row is None:
            self.fail("unknown")
        return row


@extend_schema_field({"type": "array", "items": _UUID, "maxItems": MAX_REFERENCES})
class ReferencesField(serializers.Field[Any, Any, Any, Any]):
    """At most 100 ids of rows of the same store, read in one query; an id that appears twice counts once."""

    default_error_messages = {
        "not_a_list": "must be a list",
        "too_many": f"must have at most {MAX_REFERENCES} items",
        "not_uuid": _NOT_UUID,
        "unknown": _MISSING,
    }

    def __init__(self, *, rows: Rows, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the rows in the order of the ids; every fault names its place, as in `serverIds[2]`."""
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_REFERENCES:
            self.fail("too_many")
        ids = [uuid.UUID(item) if isinstance(item, str) and UUID_TEXT.fullmatch(item) else None for item in data]
        wanted = {item for item in ids if item is not None}
        found = self.rows(self.context["store"]).in_bulk(wanted) if wanted else {}
        faults: dict[Any, list[serializers.ErrorDetail]] = {
            index: [serializers.ErrorDetail(str(self.error_messages[code]), code)]
            for index, item in enumerate(ids)
            if (code := "not_uuid" if item is None else "" if item in found else "unknown")
        }
        if faults:
            raise serializers.ValidationError(faults)
        return [found[item] for item in dict.fromkeys(ids)]
