"""Results that wait to be fetched."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from apikeys.models import ApiKey
from images.querysets import ResultQuerySet

MEDIA_TYPES = {"webp": "image/webp", "avif": "image/avif", "jpg": "image/jpeg", "png": "image/png"}


class Result(models.Model):
    """A compressed image in storage, for 15 minutes. The row is written before its file and deleted after it.

    account, key: None once deleted; the row stays until its file is gone. session_id: groups results.
    source_name, name: made safe. original_bytes, compressed_bytes: sizes. storage_name: in default storage.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    session_id = models.CharField(max_length=64)
    source_name = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    format = models.CharField(max_length=4, choices=[(name, name) for name in MEDIA_TYPES])
    original_bytes = models.PositiveBigIntegerField()
    compressed_bytes = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    objects: ClassVar[ResultQuerySet] = ResultQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="results_by_expiry")]
        constraints = [
            models.CheckConstraint(condition=Q(format__in=list(MEDIA_TYPES)), name="result_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.format} result {self.pk}"

    @property
    def media_type(self) -> str:
        """Return the media type of the file."""
        return MEDIA_TYPES[self.format]
