"""`manage.py ingest_clicks`: deliver the clicks of this machine without a worker."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from links import segments
from links.ingest import ingest
from links.spool import folder

LOOK_SECONDS = 1.0


class Command(BaseCommand):
    """Deliver what waits, once or for ever."""

    help = "Deliver the clicks that wait on this machine to the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--follow", action="store_true", help="look again every second until interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        is_prepared = False
        while True:
            try:
                if not is_prepared:
                    segments.take_back(folder())
                    is_prepared = True
                self.deliver()
            except Error as error:
                if not options["follow"]:
                    raise
                self.stderr.write(f"The database does not answer ({type(error).__name__}); trying again.")
                close_old_connections()
            if not options["follow"]:
                return
            time.sleep(LOOK_SECONDS)

    def deliver(self) -> None:
        done = ingest(seconds=float("inf"))
        if done.clicks or done.damaged or done.orphaned:
            self.stdout.write(
                f"{done.clicks} clicks delivered, {done.damaged} damaged, {done.orphaned} of links that are gone."
            )
