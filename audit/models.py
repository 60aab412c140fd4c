"""The audit event."""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from audit.errors import AppendOnly


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    """Reads; the writes that a QuerySet offers are refused."""

    def of_account(self, account_id: int) -> "AuditQuerySet":
        """Return the events of one account, newest first."""
        return self.filter(account_id=account_id).order_by("-id")

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly

    def bulk_create(self, objs: Iterable["AuditEvent"], *args: Any, **kwargs: Any) -> list["AuditEvent"]:
        """Insert; what has a key already is refused, so that no conflict turns into an update."""
        events = list(objs)
        if any(event.pk is not None for event in events):
            raise AppendOnly
        return super().bulk_create(events, *args, **kwargs)


class AuditEvent(models.Model):
    """One thing that happened: who did what to which object, when, and from where.

    action: `<noun>.<verb in the past>`, e.g. `api_key.revoked`. data: plain JSON without secrets.
    actor: `user:<id>`, `key:<id>` or `system`. network: the client's address cut to /24 or /48.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    account_id = models.BigIntegerField(null=True, blank=True)
    target = models.CharField(max_length=128, blank=True)
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["AuditEvent"]] = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit event"
        indexes = [
            models.Index(fields=["account_id", "-id"], name="audit_by_account"),
            models.Index(fields=["target", "-id"], name="audit_by_target"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a saved event is never saved again."""
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly
