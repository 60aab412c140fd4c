"""`manage.py check_sums`: compare the sums that statistics are read from with the orders."""

from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from store.models import Store
from store.services import sums
from store.sums_check import faults_of


class Command(BaseCommand):
    """Name the days and the packages whose sums are not those of the orders; make them anew if asked to."""

    help = "Compare the sums that statistics are read from with the orders, of all stores or of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="the store's id (default: all)")
        parser.add_argument("--repair", action="store_true", help="add up the orders of stores with faults anew")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = Store.objects.order_by("pk")
        if options["store"]:
            stores = stores.filter(store_id=options["store"])
            if not stores:
                raise CommandError(f"There is no store {options['store']!r}.")
        faulty = [store for store in stores if self._is_faulty(store)]
        if faulty and not options["repair"]:
            raise CommandError(f"{len(faulty)} with faults; --repair adds their orders up anew.")
        for store in faulty:
            sums.rebuild(store)
            self.stdout.write(f"{store.store_id}: made anew")

    def _is_faulty(self, store: Store) -> bool:
        # Orders go on meanwhile: only what differs twice is a fault.
        faults = faults_of(store)
        faults = faults and sorted(set(faults) & set(faults_of(store)))
        zone = ZoneInfo(store.timezone)
        self.stdout.write(f"{store.store_id} ({zone}): {', '.join(faults) or 'right'}")
        return bool(faults)
