"""The three questions that products ask: may it, how much may it, and take one of it.

`claim` is one conditional UPDATE, so the amount is exact however many processes ask at once.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.closing import hold_open
from accounts.models import Account
from plans.catalogue import PRODUCTS, UNLIMITED, Limit, Plan
from plans.errors import PlanRequired, QuotaExhausted
from plans.models import Subscription, UsageCounter
from plans.periods import period_at

# Composed once: the ORM needs ten times longer to build these than the database to run them.
_SUBSCRIPTION = "SELECT * FROM plans_subscription WHERE account_id = %s AND product = %s"
_TAKE = """
UPDATE plans_usagecounter SET used = used + %s
WHERE account_id = %s AND product = %s AND counter = %s AND period_start = %s AND used <= %s
  AND EXISTS (SELECT 1 FROM accounts_account WHERE id = %s AND closed_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """A limit and what is used of it. limit: None is unlimited."""

    counter: str
    used: int
    limit: int | None
    period_start: datetime | None
    period_end: datetime | None


def subscription_of(account: Account, product: str) -> Subscription | None:
    """Return the account's subscription of a product, live or lapsed."""
    return next(iter(Subscription.objects.raw(_SUBSCRIPTION, (account.pk, product))), None)


def plan_of(account: Account, product: str) -> Plan:
    """Return the plan in force: the subscribed one while live, else the product's lowest."""
    subscription = subscription_of(account, product)
    return subscription.live_plan() if subscription else PRODUCTS[product].base


def allows(account: Account, product: str, feature: str) -> bool:
    """Return whether the account's plan has the feature now."""
    return feature in plan_of(account, product).features


def require(account: Account, product: str, feature: str) -> None:
    """Raise PlanRequired, with the product's status, unless the plan has the feature now."""
    require_in(plan_of(account, product), product, feature)


def require_in(plan: Plan, product: str, feature: str) -> None:
    """Raise PlanRequired unless the given plan has the feature."""
    if feature not in plan.features:
        raise PlanRequired(PRODUCTS[product], feature)


def limit_of(account: Account, product: str, counter: str) -> int | None:
    """Return the amount that the plan gives; None is unlimited, 0 for a counter the plan does not have."""
    return _limit(plan_of(account, product), counter).amount


def claim(account: Account, product: str, counter: str, amount: int = 1, *, by_operator: bool = False) -> None:
    """Take `amount` from a limit, all of it or nothing. by_operator: counted, whatever the limit.

    Raises QuotaExhausted with the product's status, AccountClosed (403). Roll the transaction back, or `release`,
    to give it back. The account cannot be closed before the transaction ends.
    """
    subscription = subscription_of(account, product)
    plan = subscription.live_plan() if subscription else PRODUCTS[product].base
    limit = _limit(plan, counter)
    if by_operator:
        limit = replace(limit, amount=UNLIMITED)
    start = _period(account, subscription, limit)[0] if limit.per == "period" else None
    if not _is_taken_alone(account, product, counter, start, amount, limit):
        _count(account, product, counter, start, amount, limit)


def _is_taken_alone(
    account: Account, product: str, counter: str, start: datetime | None, amount: int, limit: Limit
) -> bool:
    """Take from a counter that exists by one statement, which is its own transaction; False leaves it to `_count`.

    Inside a transaction it does nothing: there the account has to be held open for what follows, too.
    """
    if start is None or limit.amount is None or connection.in_atomic_block:
        return False
    began = connection.ops.adapt_datetimefield_value(start)
    room = limit.amount - amount
    # SQLite takes turns at the beginning of a transaction, and does not wait in the middle of a statement.
    turn = transaction.atomic() if connection.vendor == "sqlite" else nullcontext()
    with turn, connection.cursor() as cursor:
        cursor.execute(_TAKE, (amount, account.pk, product, counter, began, room, account.pk))
        return bool(cursor.rowcount)


@transaction.atomic
def _count(
    account: Account, product: str, counter: str, start: datetime | None, amount: int, limit: Limit
) -> None:
    hold_open(account.pk)
    rows = UsageCounter.objects.filter(account=account, product=product, counter=counter, period_start=start)
    room = rows if limit.amount is None else rows.filter(used__lte=limit.amount - amount)
    if room.update(used=F("used") + amount):
        return
    UsageCounter.objects.bulk_create(
        [UsageCounter(account=account, product=product, counter=counter, period_start=start)],
        ignore_conflicts=True,
    )
    if not room.update(used=F("used") + amount):
        raise QuotaExhausted(PRODUCTS[product], counter, limit.amount or 0)


def release(
    account: Account, product: str, counter: str, amount: int = 1, *, claimed_at: datetime | None = None
) -> None:
    """Give back what was claimed; never below zero. claimed_at: names the period of a claim made earlier."""
    subscription = subscription_of(account, product)
    plan = subscription.live_plan() if subscription else PRODUCTS[product].base
    limit = _limit(plan, counter)
    rows = UsageCounter.objects.filter(account=account, product=product, counter=counter)
    if limit.per == "period":
        # The newest period that had begun is the one that was claimed from, also when a renewal has since
        # moved the day on which periods begin.
        begun = rows.filter(period_start__lte=claimed_at or timezone.now()).order_by("-period_start")
        rows = rows.filter(period_start=begun.values("period_start")[:1])
    else:
        rows = rows.filter(period_start=None)
    rows.filter(used__gte=amount).update(used=F("used") - amount)


def usage_of(account: Account, product: str) -> Iterable[Usage]:
    """Return every limit of the plan in force with what is used of it."""
    subscription = subscription_of(account, product)
    plan = subscription.live_plan() if subscription else PRODUCTS[product].base
    counters = UsageCounter.objects.filter(account=account, product=product)
    used = {(row.counter, row.period_start): row.used for row in counters}
    result = []
    for counter, limit in plan.limits.items():
        start, end = _period(account, subscription, limit)
        result.append(Usage(counter, used.get((counter, start), 0), limit.amount, start, end))
    return result


def _limit(plan: Plan, counter: str) -> Limit:
    return plan.limits.get(counter, Limit(0))


def _period(
    account: Account, subscription: Subscription | None, limit: Limit
) -> tuple[datetime | None, datetime | None]:
    if limit.per != "period":
        return None, None
    anchor = subscription.anchored_at if subscription else account.created_at
    return period_at(anchor, timezone.now())
