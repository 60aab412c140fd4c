"""The API's own rules for what a form posted: one set of limits, decimals, names and sentences for both doors."""

from datetime import datetime
from typing import Any

from django.db.models import Model
from rest_framework.fields import Field
from rest_framework.serializers import ListSerializer

from api.serializers import StrictSerializer
from store.models import Store
from store.reaches import ScopeField


def as_the_api(
    kind: type[StrictSerializer], fields: dict[str, Any], store: Store, *, is_change: bool = False
) -> dict[str, Any]:
    """Return cleaned values as the services want them, after the input of the API has read them as JSON.

    fields: by the names of the services; the input has each of them as a source. is_change: what is not there
    stays as it is. Raises InvalidFields (400) with the names and the sentences of the API.
    """
    return kind.parse_data(_body(kind(), fields), partial=is_change, context={"store": store})


def _body(serializer: Any, fields: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, tuple[str, Field[Any, Any, Any, Any]]] = {
        str(field.source or name): (name, field) for name, field in serializer.fields.items()
    }
    return {names[source][0]: _json(names[source][1], value) for source, value in fields.items()}


def _json(field: Any, value: Any) -> Any:
    if isinstance(field, ListSerializer):
        return [_body(field.child, row) for row in value]
    if isinstance(field, ScopeField):
        return field.to_representation(value)
    if isinstance(value, list):
        return [str(row.pk) for row in value]
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, datetime):
        return value.isoformat()
    # An empty field of a form says what null says; what may not be null is required by the form already.
    return None if value == "" and field.allow_null else value
