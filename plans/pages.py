"""The pages of plans: which plan is in force, and how much of it is used."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Account
from accounts.page_views import SignedInPage
from accounts.sections import Panel
from plans.catalogue import PRODUCTS, Plan, Product
from plans.entitlements import Usage, subscription_of, usage_of
from plans.models import Subscription

NEARLY_USED_UP = 0.8


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit as a bar. state: `good`, `warn` from four fifths on, `bad` when used up."""

    title: str
    usage: Usage

    @property
    def state(self) -> str:
        """Return how near the limit is."""
        limit = self.usage.limit
        if limit is None or self.usage.used < limit * NEARLY_USED_UP:
            return "good"
        return "warn" if self.usage.used < limit else "bad"


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """What an account has of one product."""

    product: Product
    plan: Plan
    subscription: Subscription | None
    meters: list[Meter]
    period: tuple[datetime, datetime] | None

    @property
    def has_lapsed(self) -> bool:
        """Return whether there is a subscription that does not count any more."""
        return self.subscription is not None and not self.subscription.is_live()

    @property
    def lapsed_title(self) -> str:
        """Return the title of the plan that lapsed."""
        return self.product.plan(self.subscription.plan).title if self.subscription else ""

    @property
    def has_keys(self) -> bool:
        """Return whether the plan includes API keys."""
        return "keys" in self.plan.features


def product_plan(account: Account, product: Product) -> ProductPlan:
    """Return the plan in force with its meters and, where something counts by it, the billing period."""
    subscription = subscription_of(account, product.name)
    plan = subscription.live_plan() if subscription else product.base
    meters = [
        Meter(usage.counter.replace("_", " ").capitalize(), usage) for usage in usage_of(account, product.name)
    ]
    period = next((span for span in map(_period_of, meters) if span is not None), None)
    if period is None and subscription is not None and subscription.is_live():
        period = subscription.period()
    return ProductPlan(product, plan, subscription, meters, period)


def _period_of(meter: Meter) -> tuple[datetime, datetime] | None:
    start, end = meter.usage.period_start, meter.usage.period_end
    return None if start is None or end is None else (start, end)


def overview_panel(account: Account) -> Panel:
    """Return the dashboard's panel: plan and usage of every product."""
    return Panel("plans/panel.html", {"plans": [product_plan(account, p) for p in PRODUCTS.values()]})


class PlansPage(SignedInPage):
    """Plan, status, period and usage of each product."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        account = self.account
        context = {"account": account, "plans": [product_plan(account, p) for p in PRODUCTS.values()]}
        return render(request, "plans/overview.html", context)
