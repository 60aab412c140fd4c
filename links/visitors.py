"""Who clicked, as little of it as is kept: a network, a referring host, and a hash that means nothing tomorrow.

The hash is keyed with a salt that belongs to one day (UTC) and is destroyed when the day is two days old. Until
then it tells one visitor's clicks from another's; afterwards nobody can.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

from django.db import IntegrityError, transaction

from api.addresses import cut_address
from links.models import VisitorSalt
from links.records import VISITOR_BYTES, Tail, make_tail
from links.targets import host_of, is_own_host

KEEP = timedelta(days=2)
_REMEMBERED = 8192
_NOBODY = bytes(VISITOR_BYTES)


class Salts:
    """The salt of today as this process knows it. Web workers read it beforehand, in a thread of their own."""

    def __init__(self) -> None:
        self.day: date | None = None
        self.salt = b""
        self.forget: list[Callable[[], None]] = []

    def refresh(self, now: datetime | None = None) -> None:
        """Read or make today's salt where it is not known yet; raises django.db.Error."""
        today = (now or datetime.now(UTC)).date()
        if self.day == today:
            return
        # The old salt must not outlive its day here, whether or not the new one can be had.
        self.day, self.salt = None, b""
        for forget in self.forget:
            forget()
        self.salt = salt_of(today)
        self.day = today
        for forget in self.forget:
            forget()


SALTS = Salts()


def salt_of(day: date) -> bytes:
    """Return the day's salt, drawn by whoever asks first."""
    row = VisitorSalt.objects.filter(day=day).first()
    if row is None:
        try:
            with transaction.atomic():
                row = VisitorSalt.objects.create(day=day, salt=secrets.token_bytes(32))
        except IntegrityError:
            row = VisitorSalt.objects.get(day=day)
    return bytes(row.salt)


def destroy_old_salts(now: datetime | None = None) -> int:
    """Delete the salts of days that ended two days ago or earlier; return how many."""
    oldest = (now or datetime.now(UTC)).date() - KEEP
    deleted, _ = VisitorSalt.objects.filter(day__lte=oldest).delete()
    return deleted


@lru_cache(_REMEMBERED)
def tail_of(address: str, referrer: str, agent: str) -> Tail:
    """Return what is kept of a visitor. All three are headers as WSGI gives them; address: the whole one."""
    return make_tail(
        visitor=_visitor(address, agent), network=_network(address), referrer=_referrer(referrer), agent=agent
    )


SALTS.forget.append(tail_of.cache_clear)


def _visitor(address: str, agent: str) -> bytes:
    if not SALTS.salt or not address:
        return _NOBODY
    text = f"{address}\n{agent}".encode("latin-1", "replace")
    return blake2b(text, digest_size=VISITOR_BYTES, key=SALTS.salt).digest()


@lru_cache(_REMEMBERED)
def _network(address: str) -> str:
    head, _, last = address.rpartition(".")
    # The socket or `api.addresses` wrote it, so four numbers are an address; parsing costs ten times this.
    if last.isdecimal() and head.count(".") == 2 and ":" not in head:
        return f"{head}.0/24"
    return cut_address(address)


@lru_cache(_REMEMBERED)
def _referrer(url: str) -> str:
    """Return the referring host, "" for none and for our own pages."""
    host = host_of(url) if url else ""
    return "" if is_own_host(host) else host
