"""`manage.py set_plan`: put an account on a plan of a product."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account
from api.errors import PlatformError
from plans.catalogue import PRODUCTS
from plans.models import Status
from plans.services import set_plan


class Command(BaseCommand):
    """Change a subscription from the shell."""

    help = "Put an account on a plan. A lapse keeps everything and blocks; a renewal restores at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, help="the account's slug")
        parser.add_argument("--product", required=True, choices=sorted(PRODUCTS))
        parser.add_argument("--plan", required=True)
        parser.add_argument("--until", help="when the plan lapses: ISO 8601 date or time, UTC without an offset")
        parser.add_argument("--status", choices=Status.values, default=Status.ACTIVE)

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(slug=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}.")
        try:
            subscription = set_plan(
                account=account,
                product=options["product"],
                plan=options["plan"],
                until=parse_time(options["until"]) if options["until"] is not None else None,
                status=Status(options["status"]),
            )
        except PlatformError as error:
            raise CommandError("; ".join(e.sentence() for e in error.errors) or error.message) from None
        until = f"until {subscription.ends_at:%Y-%m-%d %H:%M %Z}" if subscription.ends_at else "without end"
        state = "live" if subscription.is_live() else "lapsed"
        self.stdout.write(f"{account.slug}: {subscription.product} {subscription.plan}, {until}, {state}")


def parse_time(text: str) -> datetime:
    """Return an aware time from ISO 8601; raises CommandError."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(f"{text!r} is not an ISO 8601 date or time, e.g. 2027-01-31.") from None
