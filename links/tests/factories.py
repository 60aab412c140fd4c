"""Links for tests, and clients that carry a key."""

from datetime import datetime

from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.tests.factories import make_account
from apikeys.tests.factories import client_for, make_key
from links import services
from links.ingest import ingest
from links.models import Link, LinkTotal
from links.rollups import ClickRow, store_clicks
from plans.services import set_plan

TARGET = "https://example.com/very/long/path"
CHROME_ON_ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
SLACK_PREVIEW = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"


def full_stack_account() -> Account:
    """Return an account on the plan Full Stack."""
    account = make_account()
    set_plan(account=account, product="fluxly", plan="full_stack")
    return account


def make_link(*, account: Account | None = None, **overrides) -> Link:
    """Return a link; its account is on the plan Full Stack unless one is given."""
    fields = {"target_url": TARGET} | overrides
    return services.create_link(account=account or full_stack_account(), **fields)


def count_people(link: Link, clicks: int, *, shard: int = 0) -> None:
    """Give the link clicks of people, as far as its total is concerned."""
    LinkTotal.objects.create(link=link, shard=shard, people=clicks, bots=1000)


def make_row(link: Link, clicked_at: datetime, **overrides) -> ClickRow:
    """Return a click of a person, ready to be stored."""
    person = ClickRow(link.pk, clicked_at, "", "", "", "desktop", "Firefox", "Linux", is_bot=False)
    return person._replace(**overrides)


def make_clicks(link: Link, *moments: datetime, **overrides) -> None:
    """Give the link one click of a person at each moment, stored with its sums as the delivery does it."""
    rows = [make_row(link, at, **overrides) for at in moments]
    with transaction.atomic():
        store_clicks(rows, shard=0)


def make_client(account: Account | None = None, **overrides) -> APIClient:
    """Return a client with a Fluxly key of the account."""
    return client_for(make_key("fluxly", account=account, **overrides).secret)


def deliver() -> None:
    """Bring what is in the spool into the database, as the worker does every few seconds."""
    ingest()
