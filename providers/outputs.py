"""Outputs without ceremony: a row becomes its JSON by one pass over plain attributes."""

import functools
from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, cast

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)
# What orjson writes as the model holds it.
_AS_IT_IS = (
    serializers.CharField,
    serializers.ChoiceField,
    serializers.BooleanField,
    serializers.IntegerField,
    serializers.JSONField,
)
Shape = Callable[[Any], Any]


class FlatOutput(serializers.Serializer[Row]):
    """An output whose fields are attributes of a model, or the rows that belong to it.

    It answers what DRF's own serializer would, several times faster: a page of the directory has 900 fields.
    """

    def to_representation(self, instance: Row) -> dict[str, Any]:
        """Return the row as JSON."""
        return self.show(instance)

    @classmethod
    def show(cls, row: Row) -> dict[str, Any]:
        """Return the row as JSON; no serializer need be made for it."""
        return {
            name: value_of(row) if shape is None else _shaped(value_of(row), shape)
            for name, value_of, shape in cls._plan()
        }

    @classmethod
    @functools.cache
    def _plan(cls) -> tuple[tuple[str, Callable[[Row], Any], Shape | None], ...]:
        fields = cls().fields.items()
        return tuple((name, attrgetter(field.source or name), _shape_of(field)) for name, field in fields)


def _shaped(value: Any, shape: Shape) -> Any:
    return None if value is None else shape(value)


def _shape_of(field: Any) -> Shape | None:
    """Return what makes JSON of the field's value, None when it is so already."""
    if isinstance(field, serializers.ListSerializer):
        show = cast(FlatOutput[Any], field.child).show
        return lambda rows: [show(row) for row in rows.all()]
    if isinstance(field, serializers.ListField):
        return None if isinstance(field.child, _AS_IT_IS) else field.to_representation
    return None if isinstance(field, _AS_IT_IS) else field.to_representation
