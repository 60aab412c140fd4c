"""Results that wait to be fetched, and jobs that make them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from apikeys.models import ApiKey
from images.options import Format
from images.querysets import JobQuerySet, ResultQuerySet

MEDIA_TYPES: dict[Format, str] = {
    "webp": "image/webp",
    "avif": "image/avif",
    "jpg": "image/jpeg",
    "png": "image/png",
}


class Result(models.Model):
    """A compressed image in storage, for 15 minutes. The row is written after its file and deleted after it.

    account, key: None once deleted; the row stays until its file is gone. session_id: groups results.
    source_name, name: made safe. quality: 1 to 100, the one that was used. width, height: pixels.
    meets_target: None when no target was asked for. original_bytes, compressed_bytes: sizes.
    request_digest: SHA-256 of input and settings; empty for a copy that an equal request got, so that nothing
    lives on by being asked for again. storage_name: in the storage `images`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    session_id = models.CharField(max_length=64)
    source_name = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    format: "models.CharField[Format, Format]" = models.CharField(
        max_length=4, choices=[(name, name) for name in MEDIA_TYPES]
    )
    quality = models.PositiveSmallIntegerField(db_default=82)
    width = models.PositiveIntegerField(db_default=0)
    height = models.PositiveIntegerField(db_default=0)
    already_optimal = models.BooleanField(db_default=False)
    meets_target = models.BooleanField(null=True)
    original_bytes = models.PositiveBigIntegerField()
    compressed_bytes = models.PositiveBigIntegerField()
    request_digest = models.CharField(max_length=64, blank=True, db_default="")
    storage_name = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    objects: ClassVar[ResultQuerySet] = ResultQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="results_by_expiry"),
            models.Index(fields=["account", "session_id"], name="results_of_session"),
            models.Index(
                fields=["account", "request_digest"], name="results_by_request", condition=~Q(request_digest="")
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(format__in=list(MEDIA_TYPES)), name="result_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.format} result {self.pk}"

    @property
    def media_type(self) -> str:
        """Return the media type of the file."""
        return MEDIA_TYPES[self.format]

    @property
    def saved_percent(self) -> float:
        """Return what was saved, with two decimals; negative when the result is larger."""
        return round((1 - self.compressed_bytes / self.original_bytes) * 100, 2)


class JobStatus(models.TextChoices):
    """Where a job stands. FAILED: none of its images was done."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)


class Job(models.Model):
    """A compression that goes on after its request was answered.

    account, key: None once deleted. options: `images.codecs.Options` as JSON, without the watermark's bytes, which
    lie in storage under watermark_name. lease: of the worker that has it; whoever finds leased_until over may take
    it. attempts: how often a worker has begun without coming to an end or stepping aside. finished_at, expires_at:
    None while it is open.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    session_id = models.CharField(max_length=64)
    options = models.JSONField()
    watermark_name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=8, choices=JobStatus.choices, default=JobStatus.QUEUED)
    lease = models.UUIDField(default=uuid.uuid4)
    leased_until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["account", "status"], name="jobs_of_account"),
            models.Index(fields=["leased_until"], name="jobs_by_lease", condition=Q(status__in=OPEN)),
            models.Index(fields=["expires_at"], name="jobs_by_expiry"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.status} job {self.pk}"


class FileStatus(models.TextChoices):
    """Where one image of a job stands."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobFile(models.Model):
    """One image of a job. name: as it was sent. storage_name: the upload, until the job is over.

    claimed_at: when its credit was taken, None while none is. result: None unless done, and once it has expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    storage_name = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=8, choices=FileStatus.choices, default=FileStatus.WAITING)
    claimed_at = models.DateTimeField(null=True, blank=True)
    result = models.ForeignKey(Result, on_delete=models.SET_NULL, null=True, related_name="+")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=200, blank=True)

    objects: ClassVar["models.Manager[JobFile]"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="one_file_per_position"),
            models.CheckConstraint(condition=Q(status__in=FileStatus.values), name="job_file_status_known"),
        ]

    def __str__(self) -> str:
        return f"image {self.position} of job {self.job_id}"
