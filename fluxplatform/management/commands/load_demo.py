"""`manage.py load_demo`: make the demo account, or show it again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fluxplatform.demo import describe, ensure_demo


class Command(BaseCommand):
    """Make the demo account with data, keys and passwords. A second run changes nothing and prints the same."""

    help = "Make the demo account with data in every product and print its keys."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has a staff user with every permission; it is not for production.")
        self.stdout.write(describe(ensure_demo()))
