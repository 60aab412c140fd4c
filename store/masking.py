"""E-mail addresses: how they come in, and how answers show them: `j***@example.com`.

The whole address is for members with `Show Customer PII` alone. A mask that a client read and sends back is
refused, so that it never takes the place of the address.
"""

from typing import Any

from django.core.validators import EmailValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import StrictCharField

MASK = "***"
MAX_EMAIL = 254


def masked_email(email: str) -> str:
    """Return the first character of the name and the domain: `jane@example.com` is `j***@example.com`."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}{MASK}@{domain}"


class EmailField(StrictCharField):
    """An e-mail address."""

    default_error_messages = {"masked": "is masked; leave the field out to keep the address"}

    def __init__(self, **kwargs: Any) -> None:
        limits = {"max_length": MAX_EMAIL, "one_line": True}
        super().__init__(**(limits | kwargs))
        self.validators.append(EmailValidator("must be an e-mail address"))

    def to_internal_value(self, data: Any) -> str:
        """Return the address."""
        if MASK in data:
            self.fail("masked")
        return str(super().to_internal_value(data))


@extend_schema_field({"type": "string", "example": "j***@example.com"})
class MaskedEmailField(serializers.Field[Any, Any, Any, Any]):
    """An e-mail address, masked."""

    def to_representation(self, value: str) -> str:
        """Return the mask."""
        return masked_email(value)
