"""`manage.py run_pulls`: pull the providers that are due, without a worker."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from providers.pull_workers import PLACES, Pulls


class Command(BaseCommand):
    """Pull what is due, once or for ever. Any number of these may run at once."""

    help = "Pull the providers that are due, many at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="stop when nothing is due any more (the default)")
        how.add_argument("--follow", action="store_true", help="look again every second until interrupted")
        parser.add_argument("--places", type=int, default=PLACES, help=f"how many at once (default {PLACES})")

    def handle(self, *args: Any, **options: Any) -> None:
        pulls = Pulls(places=max(1, options["places"]))
        for number in (signal.SIGINT, signal.SIGTERM):
            # What has begun is finished, which takes ten seconds at most.
            signal.signal(number, lambda *_: pulls.stop.set())
        counts = pulls.run(is_following=options["follow"])
        self.stdout.write(f"{counts.pulled} pulled, {counts.failed} failed, {counts.lost} lost.")
