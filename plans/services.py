"""Every write to subscriptions."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from api.errors import FieldError, InvalidFields
from audit.services import record
from plans.catalogue import PRODUCTS
from plans.models import Status, Subscription


@transaction.atomic
def set_plan(
    *,
    account: Account,
    product: str,
    plan: str,
    until: datetime | None = None,
    status: Status = Status.ACTIVE,
    actor: User | None = None,
) -> Subscription:
    """Put an account on a plan, from now on.

    A live subscription keeps its anchor day; a lapsed one that is renewed begins a new period now.

    until: when the plan lapses (past times lapse it at once); None renews without end.

    Raises InvalidFields (400) for a product or a plan that the catalogue does not have.
    """
    if product not in PRODUCTS or plan not in {p.name for p in PRODUCTS[product].plans}:
        known = ", ".join(p.name for p in PRODUCTS[product].plans) if product in PRODUCTS else ", ".join(PRODUCTS)
        raise InvalidFields(errors=(FieldError("plan", "unknown", f"must be one of: {known}"),))
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    now = timezone.now()
    subscription, is_new = Subscription.objects.get_or_create(
        account=account, product=product, defaults={"plan": plan, "anchored_at": now}
    )
    before = {"plan": subscription.plan, "status": subscription.status, "ends_at": subscription.ends_at}
    was_live = subscription.is_live(now)
    subscription.plan, subscription.status, subscription.ends_at = plan, status, until
    if subscription.is_live(now) and not was_live:
        subscription.anchored_at = now
    subscription.save()
    after = {"plan": plan, "status": str(status), "ends_at": until}
    data = {"product": product, "from": None if is_new else before, "to": after}
    record("subscription.changed", target=subscription, account_id=account.pk, user=actor, data=data)
    return subscription
