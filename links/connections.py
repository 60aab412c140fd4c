"""Database connections outside Django's requests."""

from django.db import close_old_connections, connection


def let_go() -> None:
    """Give the thread's connection back, as Django does around each request; inside a transaction it stays."""
    if not connection.in_atomic_block:
        close_old_connections()
