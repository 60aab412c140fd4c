"""`manage.py cloud_status`: what answers the Flux API's calls, and how it is."""

from typing import Any

from django.core.management.base import BaseCommand

from cloud.backends import BackendStatus
from cloud.backends.choice import backends
from cloud.route_table import ROUTES

_COLUMNS = "{:<11}{:<12}{:<12}{:<28}{:<10}{}"


class Command(BaseCommand):
    help = "Show which back ends of the Flux API are configured, reachable, at which version and height."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_COLUMNS.format("back end", "configured", "reachable", "version", "height", "address"))
        for backend in backends():
            status = backend.status()
            for line in (status, *status.parts):
                self.stdout.write(_line(line))
        gated = [route for route in ROUTES if not route.is_own]
        kept = sum(route.is_kept for route in gated)
        self.stdout.write(f"{len(gated)} routes, {kept} of which are kept for a while.")


def _line(status: BackendStatus) -> str:
    height = "-" if status.height is None else str(status.height)
    parts = (status.name, _yes(status.is_configured), _yes(status.is_reachable), status.version or "-", height)
    line = _COLUMNS.format(*parts, status.address or "built in").rstrip()
    return f"{line}\n  {status.error}" if status.error else line


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
