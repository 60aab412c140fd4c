"""OpenAPI of one product: its own envelope around every answer, and every refusal that can come."""

from http import HTTPStatus
from typing import Any, Literal

from django.core.validators import RegexValidator
from drf_spectacular.drainage import has_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance

from api.envelopes import ENVELOPES, Envelope
from api.fields import StrictCharField
from api.serializers import StrictSerializer

# Refusals that any keyed route can answer, whatever its view does.
COMMON_STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500)
RATE_HEADERS = {
    "X-RateLimit-Limit": "Requests allowed in the current window",
    "X-RateLimit-Remaining": "Requests left in the current window",
    "X-RateLimit-Reset": "Unix time, in seconds, at which the window ends",
}
# What `api.parsers` refuses in every text; inside a character class.
_REFUSED = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_LINE_MARKS = r"\t\n\r\u2028\u2029"


class ProductAutoSchema(AutoSchema):
    """Adds the product's refusals and its success wrapper to what drf-spectacular finds."""

    @property
    def envelope(self) -> Envelope:
        """Return the envelope of the view's product."""
        return ENVELOPES[getattr(self.view, "product", "")]

    def get_tags(self) -> list[str]:
        """Group by the view's own tag, or by product."""
        return [getattr(self.view, "tag", None) or self.envelope.product or "platform"]

    def _get_parameters(self) -> list[dict[str, Any]]:
        """Say of every text in a URL that it has no NUL, which `InputHygieneMiddleware` refuses."""
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for parameter in parameters:
            schema = parameter.get("schema", {})
            is_text = parameter["in"] in {"path", "query"} and schema.get("type") == "string"
            if is_text and not schema.keys() & {"pattern", "format", "enum"}:
                schema["pattern"] = r"^[^\x00]*$"
        return parameters

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> dict[str, Any]:
        """Say of every text which characters it may have, as far as no validator of its own does."""
        schema: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # drf-spectacular
        has_own = has_override(field, "field") or any(isinstance(v, RegexValidator) for v in field.validators)
        if isinstance(field, StrictCharField) and direction == "request" and not has_own:
            schema["pattern"] = _pattern_of(field)
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Say of inputs that refuse unknown names that they do."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # drf-spectacular
        instance = force_instance(serializer)  # type: ignore[no-untyped-call]  # drf-spectacular
        if direction == "request" and isinstance(instance, StrictSerializer) and instance.refuse_unknown:
            schema["additionalProperties"] = False
        return schema

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, body in bodies.items():
            if code.startswith("2"):
                self._wrap(code, body)
        more: dict[str, tuple[int, ...]] = getattr(self.view, "more_statuses", {})
        for status in (*COMMON_STATUSES, *more.get(self.method, ())):
            named = bodies.get(str(status), {})
            bodies[str(status)] = self._refusal(status) | named
        return bodies

    def _wrap(self, code: str, body: dict[str, Any]) -> None:
        content = body.get("content", {}).get("application/json")
        if content is not None:
            content["schema"] = self.envelope.success_schema(content.get("schema", {}))
        elif self.envelope.product == "fluxstore" and code != "204":
            nothing = {"nullable": True, "type": "object"}
            schema = self.envelope.success_schema(nothing)
            body["content"] = {"application/json": {"schema": schema}}
        body["headers"] = _headers() | body.get("headers", {})

    def _refusal(self, status: int) -> dict[str, Any]:
        return {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(),
            "content": {"application/json": {"schema": self.envelope.error_schema}},
        }


def _pattern_of(field: StrictCharField) -> str:
    refused = _REFUSED + (_LINE_MARKS if field.one_line else "")
    if field.allow_blank or not field.trim_whitespace:
        return f"^[^{refused}]+$"
    return rf"^[^{refused}]*[^\s{refused}][^{refused}]*$"


def _headers() -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in RATE_HEADERS.items()}
