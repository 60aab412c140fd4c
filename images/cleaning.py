"""Deleting what has expired, and finding what a crash has left behind."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from images.jobs import uploads_of
from images.models import Job, JobFile, Result
from images.storage import RESULTS, UPLOADS, discard, storage

BATCH = 200
ORPHAN_AGE = timedelta(hours=1)
"""A file is written before its row. One that has been without for this long never gets one."""


def delete_expired() -> int:
    """Delete the files and rows of expired results and jobs; return how many results.

    The file goes first, so a crash leaves a row that the next run finds. A file that cannot be deleted keeps
    its row for the next run and stops no other.
    """
    now = timezone.now()
    Job.objects.filter(expires_at__lte=now).delete()
    for job in Job.objects.filter(account=None):
        remove_job(job)
    return delete_results(Result.objects.expired(now))


def delete_results(results: "QuerySet[Result]") -> int:
    """Delete results, the earliest to expire first, with their files; return how many."""
    deleted, results = 0, results.order_by("expires_at", "pk")
    rest = results
    while batch := list(rest[:BATCH]):
        gone = discard(*(result.storage_name for result in batch))
        deleted += Result.objects.filter(pk__in=[r.pk for r in batch if r.storage_name in gone]).delete()[0]
        last = batch[-1]
        rest = results.filter(Q(expires_at__gt=last.expires_at) | Q(expires_at=last.expires_at, pk__gt=last.pk))
    return deleted


def remove_job(job: Job) -> None:
    """Delete a job with what was sent for it; a worker that has it finds nothing to write to any more."""
    discard(*uploads_of(job))
    job.delete()


def delete_orphans() -> int:
    """Delete files of which no row knows, once they are an hour old, and rows whose file is lost.

    Return how many there were.
    """
    # The rows come first: what is made after this look is too young to be a stranger, and no row of these.
    rows = dict(Result.objects.values_list("storage_name", "pk"))
    sent = set(JobFile.objects.filter(job__in=Job.objects.open()).values_list("storage_name", flat=True))
    sent |= set(Job.objects.open().values_list("watermark_name", flat=True))
    names = _names_in(RESULTS)
    lost = [rows[name] for name in rows.keys() - names]
    strangers = (names - rows.keys()) | (_names_in(UPLOADS) - sent)
    deleted, _ = Result.objects.filter(pk__in=lost).delete()
    return deleted + len(discard(*filter(_is_old, strangers)))


def _is_old(name: str) -> bool:
    try:
        return storage().get_modified_time(name) <= timezone.now() - ORPHAN_AGE
    except Exception:  # noqa: BLE001 - deleted meanwhile, which each kind of storage says in its own way
        return False


def _names_in(folder: str) -> set[str]:
    try:
        return {f"{folder}/{name}" for name in storage().listdir(folder)[1]}
    except FileNotFoundError:
        return set()
