"""OpenAPI of one product: its own envelope around every answer, and every refusal that can come."""

from http import HTTPStatus
from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

from api.envelopes import ENVELOPES, Envelope

# Refusals that any keyed route can answer, whatever its view does.
COMMON_STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500)
RATE_HEADERS = {
    "X-RateLimit-Limit": "Requests allowed in the current window",
    "X-RateLimit-Remaining": "Requests left in the current window",
    "X-RateLimit-Reset": "Unix time, in seconds, at which the window ends",
}


class ProductAutoSchema(AutoSchema):
    """Adds the product's refusals and its success wrapper to what drf-spectacular finds."""

    @property
    def envelope(self) -> Envelope:
        """Return the envelope of the view's product."""
        return ENVELOPES[getattr(self.view, "product", "")]

    def get_tags(self) -> list[str]:
        """Group by the view's own tag, or by product."""
        return [getattr(self.view, "tag", None) or self.envelope.product or "platform"]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for body in bodies.values():
            self._wrap(body)
        for status in COMMON_STATUSES:
            bodies.setdefault(str(status), self._refusal(status))
        return bodies

    def _wrap(self, body: dict[str, Any]) -> None:
        content = body.get("content", {}).get("application/json")
        if content is not None:
            content["schema"] = self.envelope.success_schema(content.get("schema", {}))
        elif self.envelope.product == "fluxstore":
            nothing = {"nullable": True, "type": "object"}
            schema = self.envelope.success_schema(nothing)
            body["content"] = {"application/json": {"schema": schema}}
        body["headers"] = _headers()

    def _refusal(self, status: int) -> dict[str, Any]:
        return {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(),
            "content": {"application/json": {"schema": self.envelope.error_schema}},
        }


def _headers() -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in RATE_HEADERS.items()}
