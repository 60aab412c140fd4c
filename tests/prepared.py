"""Databases made once and copied: to migrate, or to load the demo data, takes longer than most modules of tests.

They lie in `.prepared_cache`, and those of a PostgreSQL server beside its others. They are made anew when a file
of the platform has changed, and after an hour, since the demo data are relative to the time of loading.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHELF = ROOT / ".prepared_cache"
KEPT_SECONDS = 3600
MIGRATED, DEMO = "migrated", "demo"
# What another place decides: the state folder and the parts of a run, and whether what runs is measured.
_FOREIGN = {"REDIS_URL", "DATABASE_URL", "CELERY_BROKER_URL", "VAR_DIR", "COVERAGE_PROCESS_CONFIG"}


@dataclass(frozen=True)
class Prepared:
    """folder: a state folder (VAR_DIR). server: the PostgreSQL server that has the database, else it is a file."""

    folder: Path
    server: str = ""

    @property
    def database(self) -> str:
        """Return the name of the database on the server, which others may be made from."""
        return f"flux_{self.folder.name.replace('-', '_')}"

    @property
    def file(self) -> Path:
        """Return the SQLite file."""
        return self.folder / "db.sqlite3"

    def is_usable(self) -> bool:
        """Whether it is complete, and young."""
        made = self.folder / "made"
        if not made.exists() or time.time() - made.stat().st_mtime > KEPT_SECONDS:
            return False
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return not self.server or bool(_on_server(self.server, query, [self.database]))

    def make(self, start: "Prepared | None") -> None:
        """Make it, from another one or from nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if start:
            shutil.copytree(start.folder, self.folder)
            (self.folder / "made").unlink()
        else:
            self.folder.mkdir(parents=True)
        variables = {"VAR_DIR": str(self.folder)}
        if self.server:
            template = f' TEMPLATE "{start.database}"' if start else ""
            _on_server(self.server, f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
            _on_server(self.server, f'CREATE DATABASE "{self.database}"{template}')
            variables["DATABASE_URL"] = f"{self.server}/{self.database}"
        _manage(variables, *(["load_demo"] if start else ["migrate", "--verbosity", "0"]))
        if not self.server:
            with closing(sqlite3.connect(self.file)) as connection:
                # All of it in the one file, which is then copied.
                connection.execute("PRAGMA journal_mode=DELETE")
        (self.folder / "made").touch()


@contextmanager
def prepared(kind: str, server: str = "") -> Iterator[Prepared]:
    """Yield the database that is MIGRATED or has the DEMO data too; it stays as it is until the block ends.

    server: the URL of a PostgreSQL server, without a database.
    """
    SHELF.mkdir(exist_ok=True)
    with (SHELF / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _found_or_made(kind, server)


def _found_or_made(kind: str, server: str) -> Prepared:
    name = f"{kind}-{_digest(server)}"
    found = Prepared(SHELF / name, server)
    if not found.is_usable():
        _forget(kind, server)
        found.make(_found_or_made(MIGRATED, server) if kind == DEMO else None)
    return found


def _forget(kind: str, server: str) -> None:
    """Remove what nobody will use again. Those of other servers stay: they may be away."""
    for folder in SHELF.glob(f"{kind}-*-{_place(server)}"):
        if server:
            _on_server(server, f'DROP DATABASE IF EXISTS "{Prepared(folder).database}" WITH (FORCE)')
        shutil.rmtree(folder)


def _place(server: str) -> str:
    return hashlib.sha256(f"{ROOT} {server}".encode()).hexdigest()[:8]


def _digest(server: str) -> str:
    return f"{_code()}-{_place(server)}"


@cache
def _code() -> str:
    """Return what changes with any file that could change a database."""
    folders = [
        path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "benchmarks"}
    ]
    paths = [path.relative_to(ROOT) for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths = [path for path in paths if not {"tests", "__pycache__"} & set(path.parts)]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([*paths, Path("requirements.txt")]):
        digest.update(f"{path} ".encode() + (ROOT / path).read_bytes())
    return digest.hexdigest()[:12]


def _on_server(server: str, statement: str, values: list[str] | None = None) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def _manage(variables: dict[str, str], *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN} | variables
    environment["DJANGO_SETTINGS_MODULE"] = "fluxplatform.settings"
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
