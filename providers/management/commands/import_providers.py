"""`manage.py import_providers FILE`: take over a directory from JSON or CSV, and say what was refused and why."""

from argparse import ArgumentParser
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Account
from api.errors import FieldError
from providers.import_files import Row, UnreadableFile, read_rows
from providers.services import Imported, import_listing

DEMO_ACCOUNT = "demo"
OUTCOMES = ("created", "updated", "unchanged", "refused")


class Command(BaseCommand):
    """Import listings. Exit status 0 when every row was taken, 1 when one was refused or nothing could be read."""

    help = "Import a directory from JSON or CSV. Each listing is taken whole, or refused with every reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["json", "csv"], help="default: by the end of the file's name")
        parser.add_argument("--account", default=DEMO_ACCOUNT, help="the slug of the owner (default: demo)")
        parser.add_argument("--update", action="store_true", help="change listings that the account has already")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(slug=options["account"], closed_at__isnull=True).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}.")
        rows = _read(options["file"], options["format"])
        # Each listing is a transaction of its own; a dry run puts one around all, and takes it back.
        with transaction.atomic() if options["dry_run"] else nullcontext():
            results = _import_all(account, rows, may_update=options["update"])
            if options["dry_run"]:
                transaction.set_rollback(True)
        self._report(results, is_dry=options["dry_run"], may_update=options["update"])

    def _report(self, results: list[tuple[Row, Imported]], *, is_dry: bool, may_update: bool) -> None:
        """Print a line for each refusal and each ignored name, then the counts."""
        ignored: Counter[tuple[str, str]] = Counter()
        for row, result in results:
            for fault in result.faults:
                is_taken = (fault.field, fault.code) == ("slug", "unique")
                hint = " (--update changes the account's own)" if is_taken and not may_update else ""
                self.stdout.write(f"{row.place} ({result.slug or 'no slug'}): {fault.sentence()}{hint}")
            ignored.update((name.field, name.message) for name in result.ignored)
        for (field, message), count in sorted(ignored.items()):
            self.stdout.write(f"ignored {field}: {message} ({count} of {len(results)})")
        counts = Counter(result.outcome for _, result in results)
        said = ", ".join(
            f"{counts[outcome]} {outcome}" for outcome in ("created", "updated", "unchanged", "refused")
        )
        self.stdout.write(f"{'Would be: ' if is_dry else ''}{said}.")
        if counts["refused"]:
            raise CommandError(f"{counts['refused']} of {len(results)} listings refused.")


def _import_all(account: Account, rows: list[Row], *, may_update: bool) -> list[tuple[Row, Imported]]:
    """Import each row; of those with one slug only the first, for nobody could say which of them is right."""
    results: list[tuple[Row, Imported]] = []
    places: dict[str, str] = {}
    for row in rows:
        slug = row.data.get("slug") if isinstance(row.data, dict) else None
        if isinstance(slug, str) and slug in places:
            fault = FieldError("slug", "repeated", f"is that of {places[slug]} too")
            results.append((row, Imported(slug, "refused", faults=(fault,))))
            continue
        if isinstance(slug, str) and slug:
            places[slug] = row.place
        results.append((row, import_listing(account=account, data=row.data, may_update=may_update)))
    return results


def _read(path: Path, file_format: str | None) -> list[Row]:
    file_format = file_format or path.suffix.removeprefix(".").lower()
    if file_format not in {"json", "csv"}:
        raise CommandError("The file's name ends neither in .json nor in .csv: give --format.")
    try:
        return read_rows(path.read_bytes(), file_format)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from None
    except UnreadableFile as error:
        raise CommandError(f"{path}: {error}") from None
