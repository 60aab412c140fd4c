"""Links to results: whoever holds one may fetch the file until it expires; nobody can make one up."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.http import urlencode

_SALT = "images.download"


def download_url(result_id: UUID, expires: int) -> str:
    """Return the absolute URL of a result. expires: Unix seconds."""
    signature = Signer(salt=_SALT).signature(_message(result_id, str(expires)))
    query = urlencode([("expires", str(expires)), ("signature", str(signature))])
    return f"{settings.BASE_URL}{reverse('images:download', args=[result_id])}?{query}"


def is_genuine(result_id: UUID, expires: str, signature: str) -> bool:
    """Return whether the signature is ours for this id and this very text of the time."""
    try:
        Signer(salt=_SALT).unsign(f"{_message(result_id, expires)}:{signature}")
    except BadSignature:
        return False
    return True


def _message(result_id: UUID, expires: str) -> str:
    return f"{result_id}.{expires}"
