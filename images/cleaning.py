"""Deleting what has expired."""

import structlog
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from images.models import Result

BATCH = 200
log = structlog.get_logger(__name__)


def delete_expired() -> int:
    """Delete the files and rows of expired results; return how many.

    The file goes first, so a crash leaves a row that the next run finds. A file that cannot be deleted keeps
    its row for the next run and stops no other.
    """
    deleted, now = 0, timezone.now()
    rest = Result.objects.expired(now)
    while batch := list(rest[:BATCH]):
        gone = [result.pk for result in batch if _delete_file(result)]
        deleted += Result.objects.filter(pk__in=gone).delete()[0]
        last = batch[-1]
        later = Q(expires_at__gt=last.expires_at) | Q(expires_at=last.expires_at, pk__gt=last.pk)
        rest = Result.objects.expired(now).filter(later)
    return deleted


def _delete_file(result: Result) -> bool:
    try:
        default_storage.delete(result.storage_name)
    except OSError as error:
        log.warning("result_not_deleted", result_id=str(result.pk), error=type(error).__name__)
        return False
    return True
