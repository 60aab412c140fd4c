"""The end of an account's links, with everything that was counted of them."""

from collections.abc import Sequence

from django.db import DatabaseError, models, transaction
from django.utils import timezone

from accounts.models import Account
from links import changes
from links.models import Click, DaySum, Link, LinkTotal, QuarterSum

LINKS = 200
ROWS = 10_000
ATTEMPTS = 5
_COUNTED: tuple[type[models.Model], ...] = (Click, QuarterSum, DaySum, LinkTotal)


def remove_links(account: Account) -> None:
    """Remove the links of a closed account, first from the visitors' sight, then from the database.

    In transactions of at most 10,000 rows, since one link may have millions of clicks. May be interrupted and
    called again. The slugs are free at once: nothing remembers whose they were.
    """
    while _switch_off(account):
        pass
    while batch := list(Link.objects.filter(account=account).order_by("pk").values_list("pk", flat=True)[:LINKS]):
        for model in _COUNTED:
            while _remove_rows(model, batch):
                pass
        _remove_batch(batch)


@transaction.atomic
def _switch_off(account: Account) -> bool:
    """Let visitors of some links find nothing; return whether there were any."""
    links = dict(Link.objects.of(account).values_list("pk", "slug")[:LINKS])
    Link.objects.filter(pk__in=links).update(deleted_at=timezone.now())
    changes.announce(*links.values())
    return bool(links)


@transaction.atomic
def _remove_rows(model: type[models.Model], links: Sequence[int]) -> bool:
    """Delete some rows of the links; return whether there were any."""
    _lock(links)
    some = model._default_manager.filter(link__in=links).order_by().values("pk")[:ROWS]
    return bool(model._default_manager.filter(pk__in=some).delete()[0])


def _remove_batch(links: Sequence[int]) -> None:
    """Delete the links, with the clicks that were delivered meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                _lock(links)
                Link.objects.filter(pk__in=links).delete()
        except DatabaseError:
            # A delivery and we have waited for each other, and the database has ended our turn.
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _lock(links: Sequence[int]) -> None:
    """Lock the links: who delivers their clicks waits for us, or we for them, and finds them gone afterwards."""
    list(Link.objects.select_for_update().filter(pk__in=links).order_by("pk"))
