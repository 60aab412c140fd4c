"""Async jobs: a form is accepted at once and worked through later, each of its images once.

Tasks are delivered at least once, and a worker may die at any point. So a job is held by a lease, and what an
image costs and becomes is written to its row in the same transaction as the credit or the result itself.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.closing import hold_open
from accounts.models import Account
from apikeys.models import ApiKey
from audit.services import record
from images.codecs import Options, Watermark
from images.credits import FileCharge, require_one
from images.errors import Busy
from images.models import FileStatus, Job, JobFile, JobStatus, Result
from images.names import safe_name
from images.results import Done, Failed, Order, Outcome, expiry, keep
from images.services import compress_one
from images.storage import UPLOADS, discard, storage

LEASE = timedelta(minutes=2)
"""Longer than one image takes: its 30 s, the wait for its turn, and two files to storage."""

QUEUE_WAIT = timedelta(minutes=5)
"""How long a job waits for a worker before it is published again."""

SLICE_SECONDS = 10.0
"""How long one delivery of a job goes on before the next image is left to another delivery."""

LIFETIME = timedelta(hours=1)
MAX_ATTEMPTS = 3
MAX_OPEN = 20
"""How many jobs of one account may be open, since their uploads take room."""

_INTERRUPTED = Failed("", "interrupted", "The work on this image was interrupted too often. Send it again.")
_EXPIRED = Failed("", "expired", "The result of this image was deleted.")


class _OvertakenError(Exception):
    """Another worker has finished the image, since this one was too slow."""


def accept(
    *,
    account: Account,
    key: ApiKey | None = None,
    files: Sequence[UploadedFile[bytes]],
    options: Options,
    session_id: str,
) -> Job:
    """Keep a form for a worker, and tell the workers once that is certain.

    Raises Busy (429) while 20 jobs of the account are open, QuotaExhausted (402), AccountClosed (403).
    """
    _require_room(account)
    require_one(account)
    settings = asdict(replace(options, effort="async"))
    job = Job(
        account=account,
        key=key,
        session_id=session_id,
        options=settings,
        leased_until=timezone.now() + QUEUE_WAIT,
    )
    uploads = []
    try:
        if options.watermark is not None:
            del settings["watermark"]["data"]
            job.watermark_name = storage().save(f"{UPLOADS}/{uuid.uuid4()}", ContentFile(options.watermark.data))
            uploads.append(job.watermark_name)
        for file in files:
            uploads.append(storage().save(f"{UPLOADS}/{uuid.uuid4()}", file))  # noqa: PERF401 - each is undone
        _save(job, account, [safe_name(file.name or "") for file in files], uploads[-len(files) :])
    except BaseException:
        discard(*uploads)
        raise
    return job


def _require_room(account: Account) -> None:
    if Job.objects.of(account).open().count() >= MAX_OPEN:
        raise Busy(
            retry_after_seconds=10, message=f"{MAX_OPEN} jobs of your account are open. Wait for one to end."
        )


@transaction.atomic
def _save(job: Job, account: Account, names: list[str], uploads: list[str]) -> None:
    # Two that come at once wait here for one another, so that both cannot take the last place.
    Account.objects.select_for_update(no_key=True).filter(pk=account.pk).first()
    hold_open(account.pk)
    _require_room(account)
    job.save(force_insert=True)
    JobFile.objects.bulk_create(
        JobFile(job=job, position=position, name=name, storage_name=upload)
        for position, (name, upload) in enumerate(zip(names, uploads, strict=True))
    )
    record("image.job_accepted", target=job, account_id=job.account_id, key=job.key, data={"files": len(names)})
    # Robust: without a broker the job is published by `rescue` a little later.
    transaction.on_commit(lambda: publish(job.pk), robust=True)


def publish(job_id: UUID, *, seconds: int = 0) -> None:
    """Ask the workers to run a job, not before some seconds have passed."""
    current_app.send_task("images.tasks.run_job", args=[str(job_id)], countdown=seconds or None)


def run(job_id: UUID) -> None:
    """Work through what is left of a job, unless another worker holds it or it is over.

    After ten seconds, or when too much waits already, it steps aside: the next delivery goes on, and meanwhile
    the worker's few threads are there for other jobs, and for what the other products have to do.
    """
    now, began = timezone.now(), time.monotonic()
    is_free = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.RUNNING, leased_until__lte=now)
    free = Job.objects.filter(is_free, pk=job_id, account__isnull=False)
    mine = {"status": JobStatus.RUNNING, "lease": uuid.uuid4(), "leased_until": now + LEASE}
    if not free.update(**mine, attempts=F("attempts") + 1):
        return
    job = Job.objects.select_related("account", "key").get(pk=job_id)
    if now >= job.created_at + LIFETIME:
        _give_up(job)
        return
    order = Order(_options_of(job), job.session_id, job.account, job.key)
    for number, file in enumerate(job.files.filter(status=FileStatus.WAITING).order_by("position")):
        if number and time.monotonic() - began > SLICE_SECONDS:
            _step_aside(job)
            return
        if not _renew(job):
            return
        busy = _work(order, file)
        if busy is not None:
            _step_aside(job, seconds=int(busy.headers["Retry-After"]))
            return
    finish(job)


def _step_aside(job: Job, *, seconds: int = 0) -> None:
    """Leave the rest to a later delivery. It counts as no attempt: this one has not died."""
    held = Job.objects.filter(pk=job.pk, lease=job.lease, status=JobStatus.RUNNING)
    later = {"status": JobStatus.QUEUED, "attempts": 0, "leased_until": timezone.now() + QUEUE_WAIT}
    if held.update(**later):
        publish(job.pk, seconds=seconds)


def _options_of(job: Job) -> Options:
    mark = job.options["watermark"]
    watermark = None
    if mark is not None:
        with storage().open(job.watermark_name) as file:
            watermark = Watermark(data=file.read(), **mark)
    rest = {"candidates": tuple(job.options["candidates"]), "watermark": watermark}
    return Options(**{**job.options, **rest})


def _renew(job: Job) -> bool:
    """Hold the job, and what it has made, for longer; return False when it was lost to another worker."""
    held = Job.objects.filter(pk=job.pk, lease=job.lease, status=JobStatus.RUNNING)
    if not held.update(leased_until=timezone.now() + LEASE):
        return False
    _prolong(job, expiry())
    return True


def _prolong(job: Job, until: datetime) -> None:
    Result.objects.filter(pk__in=job.files.values("result")).update(expires_at=until)


def _work(order: Order, file: JobFile) -> Busy | None:
    """Compress one image; return what keeps it from being tried now, None when something has become of it."""
    charge = FileCharge(file)
    try:
        with storage().open(file.storage_name) as upload:
            data = upload.read()
    except FileNotFoundError:
        _fail(file, charge, _INTERRUPTED)
        return None
    outcome = compress_one(order, file.name, data, charge)
    if isinstance(outcome, Failed):
        if isinstance(outcome.refusal, Busy):
            return outcome.refusal
        _fail(file, charge, outcome)
        return None

    def note() -> None:
        if not outcome.result.request_digest:
            # Taken by a worker that died; meanwhile an equal image was done, so this one costs nothing.
            charge.give_back()
        waiting = JobFile.objects.filter(pk=file.pk, status=FileStatus.WAITING)
        if not waiting.update(status=FileStatus.DONE, result=outcome.result):
            raise _OvertakenError

    with suppress(_OvertakenError):
        keep(order, outcome.result, outcome.data, also=note)
    return None


@transaction.atomic
def _fail(file: JobFile, charge: FileCharge, failed: Failed) -> None:
    charge.give_back()
    waiting = JobFile.objects.filter(pk=file.pk, status=FileStatus.WAITING)
    waiting.update(status=FileStatus.FAILED, error_code=failed.code, error_message=failed.message)


def finish(job: Job) -> None:
    """Close a job of which no image waits any more; from now on its results wait their 15 minutes."""
    is_done = job.files.filter(status=FileStatus.DONE).exists()
    ends = {"finished_at": timezone.now(), "expires_at": expiry()}
    with transaction.atomic():
        status = JobStatus.DONE if is_done else JobStatus.FAILED
        if Job.objects.open().filter(pk=job.pk).update(status=status, **ends):
            _prolong(job, ends["expires_at"])
    discard(*uploads_of(job))


def uploads_of(job: Job) -> list[str]:
    """Return the names of what was sent with a job."""
    names = list(job.files.values_list("storage_name", flat=True))
    return [*names, job.watermark_name] if job.watermark_name else names


def rescue() -> int:
    """Publish again what a dead worker left, and fail what was begun too often; return how many jobs."""
    abandoned = list(Job.objects.abandoned().filter(account__isnull=False).order_by("leased_until")[:100])
    for job in abandoned:
        again = {"status": JobStatus.QUEUED, "lease": uuid.uuid4(), "leased_until": timezone.now() + QUEUE_WAIT}
        if not Job.objects.abandoned().filter(pk=job.pk, lease=job.lease).update(**again):
            continue
        if job.attempts < MAX_ATTEMPTS and timezone.now() < job.created_at + LIFETIME:
            publish(job.pk)
            continue
        _give_up(job)
    return len(abandoned)


def _give_up(job: Job) -> None:
    """Fail what still waits."""
    for file in job.files.filter(status=FileStatus.WAITING).select_related("job__account"):
        _fail(file, FileCharge(file), _INTERRUPTED)
    finish(job)


def outcomes_of(job: Job) -> list[Outcome]:
    """Return what has become of the images so far, in the order of the files."""
    outcomes: list[Outcome] = []
    for file in job.files.exclude(status=FileStatus.WAITING).select_related("result").order_by("position"):
        if file.result is not None:
            outcomes.append(Done(file.result))
        elif file.status == FileStatus.DONE:
            outcomes.append(replace(_EXPIRED, source_name=file.name))
        else:
            outcomes.append(Failed(file.name, file.error_code, file.error_message))
    return outcomes
