"""What the tests of the key pages share."""

import re

from accounts.tests.factories import make_account
from apikeys.models import ApiKey
from apikeys.tests.factories import BEST_PLAN
from plans.services import set_plan

LINK_KEY = {"name": "CI", "scopes": ["Links:View", "Links:Edit"], "expires_on": ""}


def paying_account(product: str = "fluxly"):
    account = make_account()
    set_plan(account=account, product=product, plan=BEST_PLAN[product])
    return account


def keys_url(product: str = "fluxly") -> str:
    return f"/dashboard/keys/{product}/"


def key_url(key: ApiKey, verb: str) -> str:
    return f"/dashboard/keys/{key.product}/{key.pk}/{verb}/"


def secret_in(answer) -> str:
    match = re.search(r'id="secret"[^>]*value="([^"]+)"', answer.content.decode())
    assert match, answer.content.decode()
    return match[1]
