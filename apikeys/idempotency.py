"""`Idempotency-Key`: a POST that is sent twice happens once, and both senders read the same answer.

Scoped by key row, or by person where people come with a token of their own. The first request takes a lease; its
answer is kept 24 hours. Another body under the same name is refused (400), a repeat while the first still runs
too (409). A lease whose owner died is retaken.
"""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from api.renderers import dumps
from apikeys.errors import IdempotencyMismatch, InvalidIdempotencyKey, StillRunning
from apikeys.models import ApiKey, IdempotentAnswer

KEEP = timedelta(hours=24)
LEASE = timedelta(seconds=60)
# These say that the request was not accepted, or failed on our side: a repeat deserves a fresh try.
NOT_KEPT = frozenset({400, 401, 429})
_VISIBLE = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept answer. data: the parsed body, None for an empty one."""

    status: int
    data: Any


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer first."""

    row_id: int
    token: uuid.UUID


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Return what must be equal in a repeat: SHA-256 over method, path and body."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def begin(*, owner: ApiKey | User, name: str, print_: str) -> Lease | Answer:
    """Take the lease of a name, or return the answer that it got before.

    Raises InvalidIdempotencyKey (400), IdempotencyMismatch (400), StillRunning (409).
    """
    if not _VISIBLE.fullmatch(name):
        raise InvalidIdempotencyKey
    now = timezone.now()
    whose: dict[str, Any] = {"key" if isinstance(owner, ApiKey) else "person": owner, "idempotency_key": name}
    IdempotentAnswer.objects.filter(**whose, created_at__lte=now - KEEP).delete()
    try:
        with transaction.atomic():
            row = IdempotentAnswer.objects.create(**whose, fingerprint=print_, leased_until=now + LEASE)
        return Lease(row.pk, row.lease)
    except IntegrityError:
        return _join(whose, print_)


def _join(whose: dict[str, Any], print_: str) -> Lease | Answer:
    row = IdempotentAnswer.objects.filter(**whose).first()
    if row is None:
        # The first request was refused and gave its lease back between our two looks.
        raise StillRunning
    if row.fingerprint != print_:
        raise IdempotencyMismatch
    if row.status is not None:
        # Money keeps its decimals through the repeat: 10.00 must not come back as 10.0.
        return Answer(row.status, json.loads(bytes(row.body), parse_float=Decimal) if row.body else None)
    now, token = timezone.now(), uuid.uuid4()
    abandoned = IdempotentAnswer.objects.filter(Q(pk=row.pk, status=None, leased_until__lte=now, lease=row.lease))
    if abandoned.update(lease=token, leased_until=now + LEASE):
        return Lease(row.pk, token)
    raise StillRunning


def finish(lease: Lease, *, status: int, data: Any) -> None:
    """Keep the answer, or give the lease back when the answer is one that is not kept."""
    if status in NOT_KEPT or status >= 500:
        release(lease)
    else:
        mine = IdempotentAnswer.objects.filter(pk=lease.row_id, lease=lease.token)
        mine.update(status=status, body=b"" if data is None else dumps(data))


def renew(lease: Lease) -> None:
    """Hold the lease for another minute: for requests that run longer than one lasts."""
    IdempotentAnswer.objects.filter(pk=lease.row_id, lease=lease.token).update(leased_until=timezone.now() + LEASE)


def release(lease: Lease) -> None:
    """Give the lease back without an answer; a repeat runs anew."""
    IdempotentAnswer.objects.filter(pk=lease.row_id, lease=lease.token).delete()


def forget_old() -> int:
    """Delete answers older than 24 hours; return how many."""
    deleted, _ = IdempotentAnswer.objects.filter(created_at__lte=timezone.now() - KEEP).delete()
    return deleted
