"""Which pulls are due, and whose turn it is: no source is pulled twice, no host is asked by two at once.

A claim lasts longer than the longest fetch. A worker that is killed leaves its claim behind; once that has run
out, the source is due again, and whatever the dead worker might still bring is thrown away.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from providers.leases import due
from providers.models import HeldChange, HostTurn, PullSource

LEASE = timedelta(seconds=60)  # a fetch ends after 10 s, whatever the server does
PAGE_FACTOR = 4


@transaction.atomic
def claim(limit: int) -> list[PullSource]:
    """Return at most so many due sources, each of another host, held by one lease; the longest due first.

    Two schedulers at once get different ones: PostgreSQL lets each skip what the other has locked, SQLite lets one
    write at a time, and on both only a host's one row in `HostTurn` gives the right to ask it.
    """
    now, lease = timezone.now(), uuid.uuid4()
    HostTurn.objects.filter(until__lte=now).delete()
    candidates = _candidates(now, limit)
    won = take_turns(sorted(candidates), lease=lease, until=now + LEASE)
    ours = due(PullSource.objects.filter(pk__in=[candidates[host] for host in won]), now)
    if not won or not ours.update(lease=lease, lease_until=now + LEASE):
        return []
    # Only a pull makes held changes, and only under this lease: what none waits for now need not be asked again.
    pending = HeldChange.objects.pending().filter(provider=OuterRef("provider"))
    sources = PullSource.objects.filter(lease=lease).annotate(has_held=Exists(pending))
    return list(sources.select_related("provider").order_by("next_due_at", "pk"))


def _candidates(now: datetime, limit: int) -> dict[str, int]:
    """Return the sources that are due longest, one for each host, by host; their rows are locked.

    A page is some times as long as what is wanted, for hosts with many providers. Whoever has still more of them
    costs another page, not the places: to leave them out in one query would compare each due row with all others.
    """
    waiting = due(PullSource.objects.filter(provider__account__closed_at__isnull=True), now)
    free = waiting.exclude(host__in=HostTurn.objects.values("host")).order_by("next_due_at", "pk")
    locked = free.select_for_update(skip_locked=True, of=("self",)).only("pk", "host")
    found: dict[str, int] = {}
    while len(found) < limit:
        page = list(locked.exclude(host__in=list(found))[: limit * PAGE_FACTOR])
        for source in page:
            if len(found) < limit:
                found.setdefault(source.host, source.pk)
        if len(page) < limit * PAGE_FACTOR:
            break
    return found


def take_turns(hosts: list[str], *, lease: uuid.UUID, until: datetime) -> list[str]:
    """Return those of the hosts that nobody is connected to, now ours. hosts: sorted, against deadlocks."""
    if not hosts:
        return []
    wanted = [HostTurn(host=host, lease=lease, until=until) for host in hosts]
    HostTurn.objects.bulk_create(wanted, ignore_conflicts=True)
    return list(HostTurn.objects.filter(lease=lease, host__in=hosts).values_list("host", flat=True))


def end_turn(host: str, lease: uuid.UUID | None) -> None:
    """Let others connect to the host."""
    if lease is not None:
        HostTurn.objects.filter(host=host, lease=lease).delete()
