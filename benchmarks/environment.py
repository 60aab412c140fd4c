"""A temporary platform in this process, for benchmarks that measure without a web server in between."""

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from tests.live import temporary_database


@contextmanager
def temporary_platform() -> Iterator[None]:
    """Set Django up on a fresh database: in a temporary folder, or on the server that DATABASE_URL names.

    Never in the database of that name, which may be somebody's.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="flux-benchmark-"))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
        os.environ |= {"VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            os.environ["DATABASE_URL"] = stack.enter_context(temporary_database())
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


def machine() -> str:
    """Return one line that says where and when a table was made."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a file of ours
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    cpu = models[0] if models else platform.machine()
    return f"{os.cpu_count()} × {cpu}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
