"""E-mail addresses: how they come in, and how answers show them: `j***@example.com`.

The whole address is for members with `Show Customer PII` alone; `emails_for` decides, and nothing else does.
Keys and the staff admin always see the mask. A mask that a client read and sends back is refused, so that it never
takes the place of the address.
"""

from collections.abc import Callable
from typing import Any

from django.core.validators import EmailValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from api.fields import StrictCharField
from store.models import Store, TeamPermission
from store.teams import may

MASK = "***"
MAX_EMAIL = 254


def masked_email(email: str) -> str:
    """Return the first character of the name and the domain: `jane@example.com` is `j***@example.com`."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}{MASK}@{domain}"


def emails_for(viewer: User | None, store: Store) -> Callable[[str | None], str]:
    """Return how the viewer sees the e-mail addresses of the store: decided once, for any number of them.

    viewer: None is a program, which never sees one whole. What is None or empty is shown as "".
    """
    is_whole = viewer is not None and may(viewer, store, TeamPermission.CUSTOMER_PII)
    return lambda email: (email if is_whole else masked_email(email)) if email else ""


def email_for(viewer: User | None, store: Store, email: str | None) -> str:
    """Return one address as the viewer sees it; for several, ask `emails_for` once."""
    return emails_for(viewer, store)(email)


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
