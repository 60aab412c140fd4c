"""Subscriptions for tests, and a clock that can be set."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from accounts.tests.factories import make_account
from plans.models import Subscription
from plans.services import set_plan


def make_subscription(product: str, plan: str, *, account: Account | None = None, **fields: Any) -> Subscription:
    """Return a subscription of a new account."""
    return set_plan(account=account or make_account(), product=product, plan=plan, **fields)


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let everything that asks Django for the time get this one."""
    monkeypatch.setattr(timezone, "now", lambda: now)
