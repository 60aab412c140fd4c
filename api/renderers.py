"""JSON out, by orjson; money keeps its decimals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_BITS = 64


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        # A fragment is written as it stands, so 10.00 does not become 10.0 on its way through a float.
        return orjson.Fragment(format(value, "f")) if value.is_finite() else None
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def dumps(data: Any) -> bytes:
    """Return JSON as UTF-8. Decimals are written digit by digit, times as they were formatted, NaN as null."""
    try:
        return orjson.dumps(data, default=_default)
    except orjson.JSONEncodeError:
        # The parser lets numbers in that have more than 64 bits, and orjson none out.
        return orjson.dumps(_with_long_numbers(data), default=_default)


def _with_long_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_long_numbers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_long_numbers(item) for item in value]
    is_long = isinstance(value, int) and value.bit_length() >= _BITS
    return orjson.Fragment(str(value)) if is_long else value


class OrjsonRenderer(BaseRenderer):
    """DRF's JSON renderer, by orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; nothing at all for None (204)."""
        del accepted_media_type, renderer_context
        return b"" if data is None else dumps(data)


class AlwaysJSON(BaseContentNegotiation):
    """Answer JSON whatever `Accept` says: a client that asks for HTML still gets an answer, not a 406."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """Return the parser whose media type is the request's, None (415) without one."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == content_type:
                return parser  # type: ignore[no-any-return]
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the first renderer."""
        del request, format_suffix
        return (renderers[0], renderers[0].media_type)
