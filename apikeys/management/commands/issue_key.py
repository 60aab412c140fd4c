"""`manage.py issue_key`: make an API key from the shell and print it once, or import one that its user made."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account
from api.errors import PlatformError
from apikeys import services
from apikeys.resources import bound_resources
from apikeys.scopes import MATRIX
from plans.management.commands.set_plan import parse_time

DEMO_ACCOUNT = "demo"


class Command(BaseCommand):
    """Issue a key. The key alone is the last line of standard output; an imported one is not printed."""

    help = "Make an API key and print it once, alone on the last line; or import one that its user made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--product", required=True, choices=sorted(MATRIX))
        parser.add_argument("--account", default=DEMO_ACCOUNT, help="the account's slug (default: demo)")
        parser.add_argument("--resource", help="provider slug or store id (default: the account's first)")
        parser.add_argument("--name", default="Issued from the shell")
        parser.add_argument("--scopes", help='JSON, e.g. {"Packages": ["View"]} (default: everything)')
        parser.add_argument("--rate-per-minute", type=int, help="requests per minute (default: the plan's)")
        parser.add_argument("--expires", help="ISO 8601 date or time, UTC without an offset")
        parser.add_argument(
            "--import",
            action="store_true",
            dest="is_import",
            help="read a key that its user made from standard input: an argument would stay in histories",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(slug=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}. `make run` makes the demo account.")
        if (rate := options["rate_per_minute"]) is not None and not 1 <= rate < 2**31:
            raise CommandError("--rate-per-minute must be at least 1 and below 2147483648.")
        if not 1 <= len(options["name"]) <= 80:
            raise CommandError("--name must have 1 to 80 characters.")
        product = options["product"]
        given = {
            "account": account,
            "product": product,
            "name": options["name"],
            "resource": resource_of(product, account, options["resource"]),
            "scopes": _json(options["scopes"]),
            "expires_at": parse_time(options["expires"]) if options["expires"] is not None else None,
            "rate_per_minute": rate,
        }
        try:
            if options["is_import"]:
                issued = services.import_key(secret=sys.stdin.readline().strip(), **given)
            else:
                issued = services.issue(by_operator=True, **given)
        except PlatformError as error:
            raise CommandError("; ".join(e.sentence() for e in error.errors) or error.message) from None
        if options["is_import"]:
            self.stderr.write(f"{product} key {issued.key.pk} for {account.slug} is imported.")
            return
        self.stderr.write(f"{product} key {issued.key.pk} for {account.slug}; shown once:")
        self.stdout.write(issued.secret)


def resource_of(product: str, account: Account, wanted: str | None) -> str:
    """Return the provider slug or store id that a key of the product is bound to, "" where none is needed.

    Raises CommandError when the wanted one is not the account's, or the account has none.
    """
    owned = bound_resources(product, account)
    if owned is None:
        return ""
    if wanted is None and owned:
        return owned[0]
    if wanted not in owned:
        raise CommandError(
            f"{account.slug} has no {product} resource {wanted or ''}. It has: {', '.join(owned) or 'none'}"
        )
    return wanted


def _json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise CommandError("--scopes is not JSON.") from None
