"""`manage.py cloud_routes`: write `cloud/route_table.py` from `cloud/routes.tsv`."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloud.routes import Route, read_table

FOLDER = Path(__file__).resolve().parent.parent.parent
HEAD = '''"""The routes of the Flux API, written by `manage.py cloud_routes`: change `routes.tsv` instead."""

from cloud.routes import Route

# One route a line, whatever its length: this is data.
ROUTES = (
'''


class Command(BaseCommand):
    help = "Write cloud/route_table.py from cloud/routes.tsv; with --check only say whether they agree."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when they differ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = FOLDER / "route_table.py"
        text = generated((FOLDER / "routes.tsv").read_text(encoding="utf-8"))
        if not check:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            raise CommandError("cloud/route_table.py is not what routes.tsv says. Run: manage.py cloud_routes")
        self.stdout.write(f"{text.count('Route(')} routes")


def generated(table: str) -> str:
    """Return the module for the text of a `routes.tsv`."""
    return HEAD + "".join(f"    {_written(route)},\n" for route in read_table(table)) + ")\n"


def _written(route: Route) -> str:
    """Return the call that makes the route, with what differs from the defaults alone."""
    values = ((field.name, getattr(route, field.name), field.default) for field in fields(route))
    return f"Route({', '.join(f'{name}={value!r}' for name, value, default in values if value != default)})"
