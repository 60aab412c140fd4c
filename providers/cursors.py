"""Cursors: a place in one list, sealed so that no other list and no other installation takes it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from django.core.validators import RegexValidator
from django.utils.crypto import constant_time_compare, salted_hmac

from api.errors import FieldError, InvalidFields
from api.fields import StrictCharField

MAX_CURSOR = 1000
CURSOR_PATTERN = r"^[A-Za-z0-9_-]{1,1000}\Z"
_SEAL_LENGTH = 24


class CursorField(StrictCharField):
    """The `nextCursor` of the page before."""

    def __init__(self) -> None:
        super().__init__(
            max_length=MAX_CURSOR,
            required=False,
            validators=[RegexValidator(CURSOR_PATTERN)],
            help_text="The `nextCursor` of the page before, with the same filters and sort",
        )


def sealed(place: list[str | int], scope: Mapping[str, Any]) -> str:
    """Return the cursor of a place. scope: what tells the list from others; `limit` and `after` do not."""
    plain = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    text = urlsafe_b64encode(plain.encode()).decode().rstrip("=")
    return _seal_of(text, scope) + text


def opened(cursor: str, scope: Mapping[str, Any]) -> Any:
    """Return the place of a cursor.

    Raises InvalidFields (400) when it was not made for this list.
    """
    seal, text = cursor[:_SEAL_LENGTH], cursor[_SEAL_LENGTH:]
    if not constant_time_compare(seal, _seal_of(text, scope)):
        sentence = "is no cursor of this list; begin at its first page, or keep the filters and the sort"
        raise InvalidFields(errors=(FieldError("after", "foreign_cursor", sentence),))
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _seal_of(text: str, scope: Mapping[str, Any]) -> str:
    chosen = {name: str(value) for name, value in scope.items() if name not in {"after", "limit"}}
    message = text + json.dumps(chosen, sort_keys=True)
    return salted_hmac("providers.cursors", message, algorithm="sha256").hexdigest()[:_SEAL_LENGTH]
