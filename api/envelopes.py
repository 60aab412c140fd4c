"""The body shapes of each product, chosen by the first segments of the path.

Sources: the products' own documents. Fluxme and FluxStore wrap every answer; Fluxly and Fluximage wrap
only refusals; Flux Cloud answers as a Flux node does. A path that no product owns gets the platform's plain shape.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from api.errors import FieldError, PlatformError

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {"field": _TEXT, "code": _TEXT, "message": _TEXT},
}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


class Envelope:
    """The platform's plain shape, and the interface of the others."""

    product: ClassVar[str] = ""
    error_schema: ClassVar[dict[str, Any]] = _object(["error", "code"], error=_TEXT, code=_TEXT)

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return the JSON body of a refusal."""
        return {"error": error.message, "code": error.code}

    def succeed(self, data: Any, message: str | None = None) -> Any:
        """Return the JSON body of a success; products without a wrapper send the data alone."""
        del message
        return data

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of a success around the schema of its data."""
        return data


class FluxmeEnvelope(Envelope):
    """`{"status", "message", "data"}` and `{"status", "message", "errors": [{field, code, message}]}`."""

    product = "fluxme"
    error_schema = _object(
        ["status", "message", "errors"],
        status={"type": "string", "enum": ["error"]},
        message=_TEXT,
        errors={"type": "array", "items": _FIELD_ERROR},
    )

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return `{"status": "error", …}` with one object for each field at fault."""
        errors = [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors]
        return {"status": "error", "message": error.message, "errors": errors}

    def succeed(self, data: Any, message: str | None = None) -> Any:
        """Return `{"status": "success", "message": …, "data": …}`."""
        return {"status": "success", "message": message, "data": data}

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the success wrapper."""
        status = {"type": "string", "enum": ["success"]}
        return _object(
            ["status", "message", "data"], status=status, message={**_TEXT, "nullable": True}, data=data
        )


class FluxStoreEnvelope(Envelope):
    """`{"success", "data", "message", "errors": ["sentence", …]}` on every answer."""

    product = "fluxstore"
    error_schema = _object(
        ["success", "data", "message", "errors"],
        success={"type": "boolean", "enum": [False]},
        data={"type": "object", "nullable": True},
        message=_TEXT,
        errors=_TEXTS,
    )

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return the wrapper with `success: false`; field errors are flat sentences."""
        errors = [e.sentence() for e in error.errors]
        return {"success": False, "data": None, "message": error.message, "errors": errors}

    def succeed(self, data: Any, message: str | None = None) -> Any:
        """Return the wrapper with `success: true`."""
        return {"success": True, "data": data, "message": message, "errors": []}

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the success wrapper."""
        return _object(
            ["success", "data", "message", "errors"],
            success={"type": "boolean", "enum": [True]},
            data=data,
            message={**_TEXT, "nullable": True},
            errors=_TEXTS,
        )


class FluxlyEnvelope(Envelope):
    """`{"detail", "code"}`, with `errors` by field and `feature`, `required_plan` where they apply."""

    product = "fluxly"
    error_schema = _object(
        ["detail", "code"],
        detail=_TEXT,
        code=_TEXT,
        errors={"type": "object", "additionalProperties": _TEXTS},
        feature=_TEXT,
        required_plan=_TEXT,
    )

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return `{"detail", "code", …}`."""
        body: dict[str, Any] = {"detail": error.message, "code": error.code}
        if error.errors:
            body["errors"] = _by_field(error.errors)
        return body | error.extra


class FluximageEnvelope(Envelope):
    """`{"error", "code"}`; the 401 is exactly `{"error": "Unauthorized"}`."""

    product = "fluximage"
    error_schema = _object(["error"], error=_TEXT, code=_TEXT)

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return `{"error", "code"}`, the sentence naming the fields at fault."""
        if error.status == 401:
            return {"error": "Unauthorized"}
        sentence = "; ".join(e.sentence() for e in error.errors) or error.message
        return {"error": sentence, "code": error.code}


class FluxCloudEnvelope(Envelope):
    """`{"status", "data"}`; a refusal's data is `{"code", "name", "message"}`, as on a Flux node."""

    product = "fluxcloud"
    error_schema = _object(
        ["status", "data"],
        status={"type": "string", "enum": ["error"]},
        data=_object(["code", "name", "message"], code={"type": "integer"}, name=_TEXT, message=_TEXT),
    )

    def refuse(self, error: PlatformError) -> dict[str, Any]:
        """Return the node's body; `code` and `name` are in the refusal's `extra`, or those of its status."""
        data = {
            "code": error.extra.get("code", error.status),
            "name": error.extra.get("name", HTTPStatus(error.status).phrase),
            "message": " ".join([error.message, *(f"{e.sentence()}." for e in error.errors)]),
        }
        return {"status": "error", "data": data}

    def succeed(self, data: Any, message: str | None = None) -> Any:
        """Return `{"status": "success", "data": …}`; a message alone is an object with that key."""
        return {"status": "success", "data": data if message is None else {"message": message}}

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the success wrapper."""
        return _object(["status", "data"], status={"type": "string", "enum": ["success"]}, data=data)


def _by_field(errors: tuple[FieldError, ...]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for error in errors:
        grouped.setdefault(error.field, []).append(error.message)
    return grouped


ENVELOPES: dict[str, Envelope] = {
    envelope.product: envelope
    for envelope in (
        Envelope(),
        FluxmeEnvelope(),
        FluxStoreEnvelope(),
        FluxlyEnvelope(),
        FluximageEnvelope(),
        FluxCloudEnvelope(),
    )
}

# Which product answers below which path. Whole segments only: `/api/linksX` is nobody's.
PRODUCT_PATHS: tuple[tuple[str, str], ...] = (
    ("/api/providers", "fluxme"),
    ("/api/v1", "fluxstore"),
    ("/api/stores", "fluxstore"),
    ("/api/links", "fluxly"),
    ("/api/compress", "fluximage"),
    ("/api/usage", "fluximage"),
    ("/api/download", "fluximage"),
    ("/api/jobs", "fluximage"),
    ("/id", "fluxcloud"),
    ("/zelid", "fluxcloud"),
    ("/daemon", "fluxcloud"),
    ("/benchmark", "fluxcloud"),
    ("/flux", "fluxcloud"),
    ("/apps", "fluxcloud"),
    ("/explorer", "fluxcloud"),
    ("/syncthing", "fluxcloud"),
    ("/backup", "fluxcloud"),
    ("/ioutils", "fluxcloud"),
    ("/arcane", "fluxcloud"),
    ("/payment", "fluxcloud"),
    ("/terminal", "fluxcloud"),
    ("/ws", "fluxcloud"),
)
# The one page for people below a path of Flux Cloud.
SIGN_IN_PAGE = "/id/signin"


def product_of(path: str) -> str:
    """Return the product that owns the path, or "" when none does.

    Flux Cloud's paths are read as a Flux node reads them: in any case.
    """
    folded = path.lower()
    for prefix, product in PRODUCT_PATHS:
        seen = folded if product == "fluxcloud" else path
        if seen == prefix or seen.startswith(prefix + "/"):
            return product
    return ""


def envelope_of(path: str) -> Envelope:
    """Return the envelope for the path."""
    return ENVELOPES[product_of(path)]


def speaks_json(path: str) -> bool:
    """Return whether refusals of this path are JSON (programs) or a page (people)."""
    if path == "/api" or path.startswith(("/api/", "/_allauth/")):
        return True
    return product_of(path) == "fluxcloud" and not (path + "/").startswith(SIGN_IN_PAGE + "/")
