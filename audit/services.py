"""The one write of this app."""

from typing import Any, Protocol

from django.db import transaction

from api.context import current_network, current_request_id
from audit.models import AuditEvent


class HasPk(Protocol):
    """Anything with a primary key."""

    pk: Any


def record(
    action: str,
    *,
    target: HasPk | str = "",
    account_id: int | None = None,
    user: HasPk | None = None,
    key: HasPk | None = None,
    data: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one event. Call it inside the transaction of the change, so that both happen or neither.

    target: a model instance (stored as `app.model:pk`) or a text. user, key: who did it; neither means the
    system. data: plain JSON; the caller leaves secrets, e-mail addresses and bodies out.

    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"audit.record({action!r}) was called outside a transaction")
    if key is not None:
        actor = f"key:{key.pk}"
    else:
        actor = f"user:{user.pk}" if user is not None else "system"
    return AuditEvent.objects.create(
        action=action,
        actor=actor,
        account_id=account_id,
        target=target if isinstance(target, str) else _name_of(target),
        data=data or {},
        request_id=current_request_id(),
        network=current_network(),
    )


def _name_of(target: HasPk) -> str:
    meta = target._meta  # type: ignore[attr-defined]  # models only
    return f"{meta.label_lower}:{target.pk}"
