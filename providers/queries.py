"""The parameters of URLs."""
# ruff: noqa: N815 - the parameters are camelCase

import re
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

from api.errors import FieldError, InvalidFields
from api.fields import StrictBooleanField, StrictIntegerField
from api.serializers import StrictSerializer
from providers.fields import NumberField

MAX_FAULTS = 50
MAX_SHOWN_NAME = 64


class QuerySerializer(StrictSerializer):
    """The parameters of a URL, read as strictly as a body: none unknown, none twice."""

    @classmethod
    def parse_query(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters of the request; raises InvalidFields (400)."""
        return cls.read(request.query_params)

    @classmethod
    def read(cls, query: QueryDict) -> dict[str, Any]:
        """Return the validated parameters; raises InvalidFields (400)."""
        twice = [name for name, values in query.lists() if len(values) > 1]
        if twice:
            faults = [FieldError(name[:MAX_SHOWN_NAME], "repeated", "comes more than once") for name in twice]
            raise InvalidFields(errors=tuple(faults[:MAX_FAULTS]))
        fields = cls().fields
        return cls.parse_data({name: _literal(fields.get(name), str(text)) for name, text in query.dict().items()})


def _literal(field: Any, text: str) -> Any:
    """Return a parameter as the JSON that it stands for; what stands for none stays text, and is refused."""
    if isinstance(field, StrictBooleanField) and text in {"true", "false"}:
        return text == "true"
    if isinstance(field, StrictIntegerField) and re.fullmatch("-?[0-9]{1,9}", text):
        return int(text)
    if isinstance(field, NumberField) and re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return Decimal(text)
    return text


class PushQuery(QuerySerializer):
    """The options of a push."""

    dryRun = StrictBooleanField(default=False)
