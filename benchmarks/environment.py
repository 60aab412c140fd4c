"""A temporary platform in this process, for benchmarks that measure CPU without a network in between."""

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


@contextmanager
def temporary_platform() -> Iterator[None]:
    """Set Django up on a fresh database in a temporary folder (or on DATABASE_URL), migrated."""
    with tempfile.TemporaryDirectory(prefix="flux-benchmark-") as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxplatform.settings")
        os.environ |= {"VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
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
