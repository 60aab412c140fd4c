"""Three links that show what Fluxly does."""

from datetime import timedelta
from typing import Unpack

from django.utils import timezone

from accounts.models import Account
from links import services
from links.errors import SlugTaken
from links.models import Link
from links.services import LinkSettings

DEMO_PASSWORD = "open sesame"  # noqa: S105 - printed in the documentation, protects nothing


def load_demo(*, account: Account) -> None:
    """Give the account three demo links: a plain one, one that expires in 30 days, one with a password.

    The account must be on the plan Full Stack. Links that are there already are left alone.
    Raises PlanRequired (402) on a lower plan.
    """
    in_30_days = timezone.now() + timedelta(days=30)
    _ensure(account, "demo-plain", "https://example.com/welcome", title="A plain link")
    _ensure(account, "demo-expiring", "https://example.com/offer", title="Ends soon", expires_at=in_30_days)
    _ensure(account, "demo-locked", "https://example.com/members", title="Locked", password=DEMO_PASSWORD)


def _ensure(account: Account, name: str, target_url: str, **settings: Unpack[LinkSettings]) -> None:
    settings["tags"] = [name]
    if Link.objects.of(account).tagged(name).exists():
        return
    try:
        services.create_link(account=account, target_url=target_url, custom_slug=name, **settings)
    except SlugTaken:
        # Another account of this installation has the demo already; a random slug does as well.
        services.create_link(account=account, target_url=target_url, **settings)
