"""Refusals of FluxStore. Conflicts of the business are 400, as the product's document has it."""

from api.errors import FieldError, InvalidFields, PlatformError


class KeyIsRevoked(PlatformError):
    """400: a revoked key cannot get a new secret."""

    code = "key_revoked"
    message = "This API key is revoked. Create a new one."


def field_fault(field: str, code: str, message: str) -> InvalidFields:
    """Return a refusal (400) that names one field; the field has the name that clients write."""
    return InvalidFields(errors=(FieldError(field, code, message),))
