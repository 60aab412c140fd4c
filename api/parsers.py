"""JSON in, strictly. What a lenient parser would guess at is refused here.

Refused: duplicate keys, NaN and Infinity, NUL and other control characters (tab and line ends may stay),
lone surrogates, more than 64 levels, numbers of more than 400 digits, bytes that are not UTF-8.
Numbers with a fraction or an exponent arrive as Decimal.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge, MalformedBody

MAX_DEPTH = 64
MAX_DIGITS = 400
DEFAULT_MAX_BODY_BYTES = 1024 * 1024
REFUSED_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def loads(body: bytes) -> Any:
    """Parse a JSON document under the rules of this module.

    Raises MalformedBody (400) with a sentence that says what is wrong.
    """
    try:
        text = body.decode("utf-8")
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise MalformedBody("The body is not UTF-8.") from None
    except RecursionError:
        raise MalformedBody(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedBody(f"The body is not valid JSON ({where}): {error.msg}.") from None
    _check(data, 1)
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise MalformedBody(f"The key {twice[:60]!r} appears twice in one object.")
    return result


def _constant(name: str) -> Any:
    raise MalformedBody(f"{name} is not a JSON number.")


def _decimal(digits: str) -> Decimal:
    try:
        number = Decimal(digits) if len(digits) <= MAX_DIGITS else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise MalformedBody("A number is too long.")
    return number


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedBody("A number is too long.")
    return int(digits)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedBody(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        if REFUSED_CHARACTERS.search(value):
            raise MalformedBody("A text contains a control character.")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


class StrictJSONParser(BaseParser):
    """Read an `application/json` body of at most the view's `max_body_bytes` (1 MiB by default)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the parsed body; raises MalformedBody (400) or BodyTooLarge (413)."""
        del media_type
        view = (parser_context or {}).get("view")
        limit: int = getattr(view, "max_body_bytes", DEFAULT_MAX_BODY_BYTES)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes.")
        return loads(body)
