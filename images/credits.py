"""Credits of compressions: one is taken before an image is tried, and goes back when the image fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from images.models import FileStatus, JobFile
from plans import entitlements
from plans.catalogue import FLUXIMAGE
from plans.errors import QuotaExhausted

PRODUCT = FLUXIMAGE.name
COUNTER = "compressions"


class Charge(Protocol):
    """What pays for images."""

    def take(self) -> None:
        """Take one credit; raises QuotaExhausted (402), AccountClosed (403)."""

    def give_back(self) -> None:
        """Give the last one back."""


class Nothing:
    """For somebody anonymous: nothing is taken."""

    def take(self) -> None:
        """Take nothing."""

    def give_back(self) -> None:
        """Give nothing back."""


class Purse:
    """The credits that one request has taken."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._claims: list[datetime] = []

    def take(self) -> None:
        """Take one credit; raises QuotaExhausted (402), AccountClosed (403)."""
        entitlements.claim(self._account, PRODUCT, COUNTER)
        self._claims.append(timezone.now())

    def give_back(self) -> None:
        """Give the last one back to the period that it came from."""
        release(self._account, self._claims.pop())

    def give_all_back(self) -> None:
        """Give back what is left to give."""
        while self._claims:
            self.give_back()


@contextmanager
def paying(account: Account | None) -> Iterator[Charge]:
    """Pay for the images of one request; everything goes back when it ends in an exception."""
    if account is None:
        yield Nothing()
        return
    purse = Purse(account)
    try:
        yield purse
    except BaseException:
        purse.give_all_back()
        raise


class FileCharge:
    """The credit of one image of a job. It is noted on the image's row, so that no second worker takes another."""

    def __init__(self, file: JobFile) -> None:
        assert file.job.account is not None  # noqa: S101 - nobody works for an account that is gone
        self._account = file.job.account
        self._waiting = JobFile.objects.filter(pk=file.pk, status=FileStatus.WAITING)

    @transaction.atomic
    def take(self) -> None:
        """Take the credit unless it was taken before; raises QuotaExhausted (402), AccountClosed (403)."""
        if self._waiting.filter(claimed_at=None).update(claimed_at=timezone.now()):
            entitlements.claim(self._account, PRODUCT, COUNTER)

    @transaction.atomic
    def give_back(self) -> None:
        """Give it back if it was taken and nothing has come of it."""
        claimed_at = self._waiting.select_for_update().values_list("claimed_at", flat=True).first()
        if claimed_at is not None:
            self._waiting.update(claimed_at=None)
            release(self._account, claimed_at)


def usage(account: Account) -> entitlements.Usage:
    """Return how many compressions the plan gives, and how many of this period are used."""
    (found,) = (usage for usage in entitlements.usage_of(account, PRODUCT) if usage.counter == COUNTER)
    return found


def require_one(account: Account) -> None:
    """Raise QuotaExhausted (402) when no credit is left; takes none."""
    left = usage(account)
    if left.limit is not None and left.used >= left.limit:
        raise QuotaExhausted(FLUXIMAGE, COUNTER, left.limit)


def release(account: Account, claimed_at: datetime) -> None:
    """Give one credit back to the period in which it was claimed."""
    entitlements.release(account, PRODUCT, COUNTER, claimed_at=claimed_at)
