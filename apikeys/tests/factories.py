"""Keys for tests, and a client that carries one."""

from typing import Any

from rest_framework.test import APIClient

from accounts.models import Account
from accounts.tests.factories import make_account
from apikeys import services
from apikeys.services import Issued
from plans.services import set_plan

BEST_PLAN = {"fluxme": "listing", "fluxstore": "pro", "fluxly": "full_stack", "fluximage": "agency"}


def make_key(product: str, *, account: Account | None = None, plan: str | None = None, **overrides) -> Issued:
    """Return a key of the product; its account is on the product's best plan unless told otherwise."""
    account = account or make_account()
    set_plan(account=account, product=product, plan=plan or BEST_PLAN[product])
    fields: dict[str, Any] = {"name": "test", "by_operator": True, "rate_per_minute": 10_000} | overrides
    return services.issue(account=account, product=product, **fields)


def client_for(secret: str, *, header: str = "bearer") -> APIClient:
    """Return a client that sends the key with every request."""
    client = APIClient()
    if header == "bearer":
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    else:
        client.credentials(HTTP_X_API_KEY=secret)
    return client
