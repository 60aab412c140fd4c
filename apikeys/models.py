"""The key of every product, and the answers kept for repeated requests."""

import uuid
from functools import cached_property
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, User
from apikeys.querysets import ApiKeyQuerySet
from plans import entitlements
from plans.catalogue import Plan
from plans.models import PRODUCT_CHOICES


class ApiKey(models.Model):
    """One key of one product. The row outlives its secret: rolling replaces the digest, nothing else.

    resource: the provider's slug (Fluxme) or the store id (FluxStore) that the key is bound to, else "".
    digest: SHA-256 of the secret. previous_digest: the one before, still accepted until grace_until.
    scopes: area → verbs; never changes, which a database trigger enforces. version: counts the secrets.
    is_operator_issued: made from the shell; Fluximage's "one live key per account" does not count it.
    rate_per_minute: overrides the plan's rate. last_used_network: /24 or /48 of the last caller.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.CharField(max_length=16, choices=PRODUCT_CHOICES)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    resource = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=24, blank=True)
    hint = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    previous_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    scopes = models.JSONField()
    rate_per_minute = models.PositiveIntegerField(null=True, blank=True)
    is_operator_issued = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_network = models.CharField(max_length=64, blank=True)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "API key"
        indexes = [
            models.Index(fields=["account", "product", "-created_at"], name="keys_of_account"),
            models.Index(fields=["product", "resource"], name="keys_of_resource"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="one_live_fluximage_key",
                condition=Q(product="fluximage", revoked_at__isnull=True, is_operator_issued=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    def is_live(self) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or timezone.now() < self.expires_at)

    def is_in_grace(self) -> bool:
        """Return whether the secret before this one still works."""
        return self.is_live() and self.grace_until is not None and timezone.now() < self.grace_until

    def may(self, area: str, verb: str) -> bool:
        """Return whether the scopes name the verb in the area."""
        return verb in self.scopes.get(area, ())

    @cached_property
    def plan(self) -> Plan:
        """Return the account's plan of the key's product, read once per request."""
        return entitlements.plan_of(self.account, self.product)

    @property
    def limit_per_minute(self) -> int:
        """Return the requests per minute: the key's own, else its plan's."""
        return self.rate_per_minute or self.plan.rate_per_minute


class SpentSecret(models.Model):
    """What was once a key's secret and is none any more, so that nobody brings it back. digest: SHA-256."""

    digest = models.CharField(max_length=64, primary_key=True)

    objects: ClassVar[models.Manager["SpentSecret"]]

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"


class IdempotentAnswer(models.Model):
    """The first answer to a POST with an `Idempotency-Key`, kept 24 hours, or the lease of the one running.

    key, person: whose name it is; one of the two. fingerprint: SHA-256 of method, path and body. status: None
    while the first request runs.
    """

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    lease = models.UUIDField(default=uuid.uuid4)
    leased_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["IdempotentAnswer"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "idempotency_key"], name="one_answer_per_key"),
            models.UniqueConstraint(fields=["person", "idempotency_key"], name="one_answer_per_person"),
            models.CheckConstraint(condition=Q(key=None) ^ Q(person=None), name="answer_is_of_somebody"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotent_answers_by_age")]

    def __str__(self) -> str:
        whose = f"key {self.key_id}" if self.key_id else f"person {self.person_id}"
        return f"answer {self.status or 'pending'} for {whose}"
