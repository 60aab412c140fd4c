"""Refusals. One class each, with a stable code, an HTTP status and a sentence.

Apps raise these (or subclasses of their own); `api.handlers` turns them into the envelope of the
product that owns the path. Nothing else in the platform builds an error body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one input field.

    field: a path such as `tiers[1].price`, or "" for the body as a whole.
    code: stable and machine-readable, e.g. `required`, `max_value`. message: one sentence for people.
    """

    field: str
    code: str
    message: str

    def sentence(self) -> str:
        """Return the error as one flat line: `tiers[1].price: must be at most 100000`."""
        return f"{self.field}: {self.message}" if self.field else self.message


class PlatformError(Exception):
    """A refusal that reaches the client.

    errors: the fields at fault. extra: further keys for envelopes that have room for them.
    headers: added to the answer, e.g. `Retry-After`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    message: str = "The request could not be understood."

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.errors = errors
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        super().__init__(self.message)


class MalformedBody(PlatformError):
    """400: the body is not what its content type says, or breaks the strict JSON rules."""

    code = "malformed_body"
    message = "The body is not valid JSON."


class InvalidFields(PlatformError):
    """400: one or more fields are wrong; `errors` names all of them and nothing was applied."""

    code = "invalid_field"
    message = "Some fields are not valid."


class KeyInQuery(PlatformError):
    """400: a credential was put into the URL, where logs and histories keep it."""

    code = "key_in_query"
    message = "Send the API key in a header. A key in a URL ends up in logs: roll it if it is in use."


class Unauthorized(PlatformError):
    """401: missing, malformed, unknown, revoked, expired or foreign credential; never says which."""

    status = 401
    code = "unauthorized"
    message = "Missing or invalid API key."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class Forbidden(PlatformError):
    """403: known, but not allowed."""

    status = 403
    code = "forbidden"
    message = "You do not have permission to do this."


class NotFound(PlatformError):
    """404: missing, or somebody else's; the body is the same for both."""

    status = 404
    code = "not_found"
    message = "Not found."


class MethodNotAllowed(PlatformError):
    """405, with `Allow`."""

    status = 405
    code = "method_not_allowed"
    message = "This method is not allowed here."


class Conflict(PlatformError):
    """409: the state of the object does not allow this now."""

    status = 409
    code = "conflict"
    message = "The request conflicts with the current state."


class LengthRequired(PlatformError):
    """411: a body without `Content-Length`, of which the server reads nothing."""

    status = 411
    code = "length_required"
    message = "Send the body with a Content-Length; chunked bodies are not read here."


class BodyTooLarge(PlatformError):
    """413: the body is longer than this path reads."""

    status = 413
    code = "body_too_large"
    message = "The body is too large."


class WrongContentType(PlatformError):
    """415: this path does not read that content type."""

    status = 415
    code = "unsupported_media_type"
    message = "This content type is not supported here."


class TooManyRequests(PlatformError):
    """429: the limit of this window is used up. `retry_after_seconds` is at least 1."""

    status = 429
    code = "rate_limited"
    message = "Too many requests. Wait until the limit resets, then try again."

    def __init__(self, *, retry_after_seconds: int, message: str | None = None) -> None:
        headers = {"Retry-After": str(max(1, retry_after_seconds)), "Cache-Control": "no-store"}
        super().__init__(message, headers=headers)


class ServerError(PlatformError):
    """500: our fault. The answer shows a request id and nothing else."""

    status = 500
    code = "internal_error"
    message = "Something went wrong on our side."
