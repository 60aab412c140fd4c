"""Results: what became of one image, and how it is kept for 15 minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from api.errors import PlatformError
from apikeys.models import ApiKey
from audit.services import record
from images.codecs import Encoded, Options
from images.models import Result
from images.storage import RESULTS, storage

KEEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Order:
    """What a request asks for each of its images, and for whom.

    account: None for somebody anonymous, who pays nothing and for whom nothing is kept. key, user: who did it.
    """

    options: Options
    session_id: str
    account: Account | None
    key: ApiKey | None = None
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One compressed image. result: its row, unsaved when nothing is kept. data: empty unless asked for."""

    status: ClassVar[str] = "done"
    result: Result
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Failed:
    """One image that was refused; it costs nothing. refusal: of those that were not even tried."""

    status: ClassVar[str] = "failed"
    source_name: str
    code: str
    message: str
    refusal: PlatformError | None = None


Outcome = Done | Failed


def expiry() -> datetime:
    """Return when what is made now ends: in whole seconds, as links say it."""
    return timezone.now().replace(microsecond=0) + KEEP


def recall(account: Account, digest: str) -> Encoded | None:
    """Return what an equal request of this account became within the last 15 minutes, None without one."""
    result = Result.objects.answering(account, digest)
    if result is None:
        return None
    try:
        with storage().open(result.storage_name) as file:
            data = file.read()
    except FileNotFoundError:
        return None
    return Encoded(
        data=data,
        format=result.format,
        width=result.width,
        height=result.height,
        already_optimal=result.already_optimal,
        quality=result.quality,
        meets_target=result.meets_target is not False,
    )


def keep(order: Order, result: Result, data: bytes, *, also: Callable[[], None] = lambda: None) -> None:
    """Put the file into storage, then its row and its trail into the database.

    also: further writes of the same transaction. Whatever fails, no row is left without its file; a crash in
    between leaves a file without a row, which `images.cleaning` finds.
    """
    name = f"{RESULTS}/{result.pk}.{result.format}"
    result.storage_name = storage().save(name, ContentFile(data))
    sizes = {
        "format": result.format,
        "original_bytes": result.original_bytes,
        "compressed_bytes": result.compressed_bytes,
        "is_repeat": not result.request_digest,
    }
    try:
        with transaction.atomic():
            result.save(force_insert=True)
            record(
                "image.compressed",
                target=result,
                account_id=result.account_id,
                key=order.key,
                user=order.user,
                data=sizes,
            )
            also()
    except BaseException:
        storage().delete(result.storage_name)
        raise
