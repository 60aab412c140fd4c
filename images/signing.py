"""Links to results: whoever holds one may fetch the file until it expires; nobody can make one up."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.http import urlencode

from images.models import Job, Result

DOWNLOAD = "images.download"
ARCHIVE = "images.archive"


def download_url(result: Result) -> str:
    """Return the absolute URL of a result's file."""
    return _signed_url("images:download", DOWNLOAD, result)


def archive_url(result: Result) -> str:
    """Return the absolute URL of a ZIP of the session of a result; it ends with that result."""
    return _signed_url("images:archive", ARCHIVE, result)


def job_url(job: Job) -> str:
    """Return the absolute URL of a job; it opens with a key of the account, so nothing is signed."""
    return f"{settings.BASE_URL}{reverse('images:job', args=[job.pk])}"


def _signed_url(route: str, salt: str, result: Result) -> str:
    expires = str(int(result.expires_at.timestamp()))
    signature = str(Signer(salt=salt).signature(_message(result.pk, expires)))
    query = urlencode([("expires", expires), ("signature", signature)])
    return f"{settings.BASE_URL}{reverse(route, args=[result.pk])}?{query}"


def is_genuine(salt: str, result_id: UUID, expires: str, signature: str) -> bool:
    """Return whether the signature is ours for this use (`salt`), this id and this very text of the time."""
    try:
        Signer(salt=salt).unsign(f"{_message(result_id, expires)}:{signature}")
    except BadSignature:
        return False
    return True


def _message(result_id: UUID, expires: str) -> str:
    return f"{result_id}.{expires}"
