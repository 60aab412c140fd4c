"""The audit event."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from audit.append_only import AppendOnlyModel, AppendOnlyQuerySet


class AuditQuerySet(AppendOnlyQuerySet["AuditEvent"]):
    """Reads of the trail."""

    def of_account(self, account_id: int) -> "AuditQuerySet":
        """Return the events of one account, newest first."""
        return self.filter(account_id=account_id).order_by("-id")


class AuditEvent(AppendOnlyModel):
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
