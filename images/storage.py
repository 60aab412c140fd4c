"""Where the files of results and uploads lie: the storage `images` of the settings, a folder or an S3 bucket."""

import structlog
from django.core.files.storage import Storage, storages

RESULTS = "images"
UPLOADS = "image-uploads"
log = structlog.get_logger(__name__)


def storage() -> Storage:
    """Return the storage in force."""
    return storages["images"]


def discard(*names: str) -> list[str]:
    """Delete files, whether they are there or not; return the names of those that are gone.

    One that cannot be deleted is logged and stops no other.
    """
    gone = []
    for name in names:
        try:
            storage().delete(name)
        except Exception as error:  # noqa: BLE001 - each kind of storage fails in its own way
            log.warning("file_not_deleted", name=name, error=type(error).__name__)
        else:
            gone.append(name)
    return gone
