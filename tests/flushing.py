"""Tables emptied quickly after a test with `transaction=True`.

Django truncates every table, which on PostgreSQL makes new files for each and for its indexes, and then restores
what its own apps store after a migration. Here only tables that have rows are emptied, and those rows stay.
"""

from typing import Any

from django.core.management.commands import flush
from django.db import connection

KEPT = {"django_content_type", "auth_permission", "django_site"}


def flush_quickly() -> None:
    """Let the connection of this thread flush so, and nothing be restored; SQLite's is quick as it is."""
    if connection.vendor != "postgresql":
        return
    operations: Any = connection.ops
    whole = operations.sql_flush

    def sql_flush(style: Any, tables: list[str], **options: Any) -> list[str]:
        tables = [table for table in tables if table not in KEPT]
        if not _is_superuser():
            return list(whole(style, tables, **options))
        quoted = [operations.quote_name(table) for table in _with_rows(tables)]
        # Neither the order of foreign keys nor triggers that keep rows for ever stand in the way.
        return ["SET LOCAL session_replication_role = replica", *map("DELETE FROM {}".format, quoted)]

    operations.sql_flush = sql_flush
    flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[attr-defined]


def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _with_rows(tables: list[str]) -> list[str]:
    quote = connection.ops.quote_name
    one = "SELECT '{}' WHERE EXISTS (SELECT 1 FROM {})"
    asked = " UNION ALL ".join(one.format(name, quote(name)) for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]
