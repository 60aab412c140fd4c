"""Events for tests, and somebody who causes them."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from audit.models import AuditEvent
from audit.services import record


def make_user(name: str, **fields: Any) -> Any:
    """Return a saved user of whatever model is installed: this layer knows none."""
    return get_user_model().objects.create(email=f"{name}@example.test", **fields)


def make_event(action: str = "thing.made", **fields: Any) -> AuditEvent:
    """Return a recorded event."""
    with transaction.atomic():
        return record(action, **fields)
